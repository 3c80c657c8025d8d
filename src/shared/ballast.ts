import { tryAllocate } from './copy.ts';

/**
 * Makes a thread's garbage collector aware of shared memory. V8 does not count shared memory, so the collector would
 * not look for memory that is no longer used. For every few MiB of it, this class holds some ordinary memory, as long
 * as one of its owners lives. Nobody touches that memory, so it only takes up addresses.
 */
export class Ballast {
  readonly #held = new WeakMap<object, Uint8Array>();
  #uncounted = 0;

  /** `owner` holds this many bytes of shared memory. */
  add(owner: object, bytes: number): void {
    this.#uncounted += bytes / SHARE;
    if (this.#uncounted < PIECE) return;
    this.#uncounted = 0;
    const piece = tryAllocate(PIECE);
    if (piece) this.#held.set(owner, piece);
  }

  /** This many bytes were released. The collector need not look for them. */
  remove(bytes: number): void {
    this.#uncounted = Math.max(0, this.#uncounted - bytes / SHARE);
  }
}

/**
 * Usually only a small part of shared memory is used. V8 collects when some 64 MiB of ordinary memory were added. With
 * this share, that means after 512 MiB of shared memory.
 */
const SHARE = 8;

/**
 * Bytes. From a certain size, glibc takes memory directly from the system. Each smaller piece that is freed would raise
 * that size, up to 32 MiB. Then shared memory would come from the heap, and be touched from end to end.
 */
const PIECE = 33 * 2 ** 20;
