import { tryAllocate } from './copy.ts';

/**
 * Makes a thread's garbage collector count shared memory. By itself that counts for nothing, so the collector would not
 * look for what is no longer used. For every few MiB of it there is some ordinary memory here, held as long as one of
 * its owners lives. Nobody touches that memory, so it takes addresses only.
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

  /** So many bytes were let go of. The collector need not look for them. */
  remove(bytes: number): void {
    this.#uncounted = Math.max(0, this.#uncounted - bytes / SHARE);
  }
}

/**
 * Usually only a small part of shared memory is used. V8 looks when some 64 MiB have been added: with this, when 512
 * MiB of shared memory have.
 */
const SHARE = 8;

/**
 * Bytes. Smaller pieces would raise the limit from which on glibc takes memory from the system and gives it back, up to
 * 32 MiB; shared memory would then come from the heap instead, and be touched from end to end.
 */
const PIECE = 33 * 2 ** 20;
