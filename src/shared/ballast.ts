import { tryAllocate } from './copy.ts';

/**
 * Makes a thread's garbage collector count shared memory, which by itself counts for nobody: so it never looks for what
 * is not used any more. For every few MiB of it there is some ordinary memory, held as long as one of its
 * owners. Nobody
 * touches that, so it takes an address and no memory.
 */
export class Ballast {
  readonly #held = new WeakMap<object, Uint8Array>();
  #uncounted = 0;

  /** `owner` holds so many bytes of shared memory. */
  add(owner: object, bytes: number): void {
    this.#uncounted += bytes / SHARE;
    if (this.#uncounted < PIECE) return;
    this.#uncounted = 0;
    const piece = tryAllocate(PIECE);
    if (piece) this.#held.set(owner, piece);
  }

  /** They have been let go of, and the collector need not look for them. */
  remove(bytes: number): void {
    this.#uncounted = Math.max(0, this.#uncounted - bytes / SHARE);
  }
}

/** Of shared memory little is used as a rule. V8 looks when some 64 MiB have been added: here, of 512. */
const SHARE = 8;

/**
 * Bytes. Smaller pieces would raise the limit from which on glibc takes memory from the system and gives it back, up to
 * 32 MiB; shared memory would then come from the heap instead, and be touched from end to end.
 */
const PIECE = 33 * 2 ** 20;
