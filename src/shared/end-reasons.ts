/**
 * Shared memory of a set of threads, into which a thread that ends writes the reason. Node reports the end with events,
 * but a caller that never turns its event loop does not get them. It can look here. This file owns the layout:
 *
 *     byte 0         16        24                      16 + SLOT_BYTES
 *     | how many     | thread, | its text, UTF-8       | the next slot ...
 *     | were written | length  |                       |
 *
 * A thread takes a slot of its own, writes the text, and then its id, which publishes both. There are as many slots as
 * a set can have threads. If further threads replace those that ended, they reuse the oldest slots.
 */
export class EndReasons {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;

  /** Without `shared`, it creates new memory. Its pages cost nothing until they are written. */
  constructor(shared = new SharedArrayBuffer(HEADER_BYTES + SLOTS * SLOT_BYTES)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.#bytes = new Uint8Array(shared);
  }

  /** Called by the thread that ends. Only its first reason is kept. */
  write(threadId: number, text: string): void {
    if (this.#find(threadId) >= 0) return;
    const slot = (Atomics.add(this.#words, 0, 1) >>> 0) % SLOTS;
    const word = wordOf(slot);
    const start = (word + TEXT) * 4;
    Atomics.store(this.#words, word + THREAD, 0);
    const { written } = new TextEncoder().encodeInto(text, this.#bytes.subarray(start, start + TEXT_BYTES));
    Atomics.store(this.#words, word + LENGTH, written);
    Atomics.store(this.#words, word + THREAD, threadId);
  }

  /** Why the thread ended; null if it has written nothing. Costs one atomic load while no thread has written. */
  of(threadId: number): string | null {
    if (Atomics.load(this.#words, 0) === 0) return null;
    const slot = this.#find(threadId);
    if (slot < 0) return null;
    const word = wordOf(slot);
    const start = (word + TEXT) * 4;
    // A copy: not every TextDecoder takes shared memory.
    const bytes = this.#bytes.slice(start, start + Atomics.load(this.#words, word + LENGTH));
    return new TextDecoder().decode(bytes);
  }

  #find(threadId: number): number {
    for (let slot = 0; slot < SLOTS; slot++)
      if (Atomics.load(this.#words, wordOf(slot) + THREAD) === threadId) return slot;
    return -1;
  }
}

/** Indices of the words of a slot. */
const THREAD = 0;
const LENGTH = 1;
const TEXT = 2;

const SLOTS = 64;
const SLOT_BYTES = 512;
const HEADER_BYTES = 16;
const TEXT_BYTES = SLOT_BYTES - TEXT * 4;

function wordOf(slot: number): number {
  return (HEADER_BYTES + slot * SLOT_BYTES) / 4;
}

/** The `workerData` with which a thread is started. */
export interface ThreadData {
  /** The memory for {@link EndReasons}. */
  readonly endReasons: SharedArrayBuffer;
  /** The version that the worker must have. Null if the worker's source text is part of the caller's side. */
  readonly version: string | null;
  /** The path of the worker's file. Null if the worker's source text follows in the same script. */
  readonly file: string | null;
  /** Set by the worker: the file that was loaded is tickhttp's. */
  checkedIn?: true;
}
