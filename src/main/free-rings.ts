import { allocate } from '../shared/copy.ts';
import { createMemory, Memory, Word } from '../shared/layout.ts';

/**
 * The memory of clients that are gone, for those to come.
 *
 * Shared memory is freed when the garbage collectors of both threads have found it unused, and neither has a reason to
 * look: shared memory does not count for either. So a program that made one client after the other would grow
 * without end.
 *
 * - Memory is used again only when the worker has let go of it (`RELEASED` in layout.ts), or its thread has ended.
 * - Up to MOST_BYTES of it are kept. What is more is left to the collectors, and used again as long as they leave it.
 * - A client that was dropped without `[Symbol.dispose]()` is found by this thread's collector alone. So that it looks,
 *   every WEIGHED_th new ring has some ordinary memory, which does count, and which nobody touches.
 */
export class FreeRings {
  readonly #rings: FreeRing[] = [];
  #keptBytes = 0;
  #created = 0;
  readonly #weights = new WeakMap<Memory, Uint8Array>();

  /** Memory with a ring of `capacity` bytes, as good as new. */
  take(capacity: number): Memory {
    // The last one is the most likely to be in a processor's cache.
    for (let index = this.#rings.length - 1; index >= 0; index--) {
      const ring = this.#rings[index];
      if (ring?.capacity !== capacity) continue;
      const memory = ring.kept ?? ring.known.deref();
      if (memory?.load(Word.RELEASED) === 0) continue;
      this.#rings.splice(index, 1);
      if (ring.kept) this.#keptBytes -= ring.usedBytes;
      if (memory) return memory.reset();
    }
    return this.#create(capacity);
  }

  #create(capacity: number): Memory {
    const memory = new Memory(createMemory(capacity));
    this.#created += 1;
    if (this.#created % WEIGHED === 0) this.#weights.set(memory, allocate(capacity));
    return memory;
  }

  /** Nobody on this thread uses `memory` any more, and the worker thread has been told. */
  give(memory: Memory, threadId: number): void {
    const usedBytes = memory.usedBytes();
    const keep = this.#keptBytes + usedBytes <= MOST_BYTES;
    if (this.#rings.length >= MOST_RINGS) return;
    if (keep) this.#keptBytes += usedBytes;
    const { capacity } = memory;
    this.#rings.push({
      capacity,
      threadId,
      usedBytes,
      kept: keep ? memory : null,
      known: new WeakRef(memory),
    });
  }

  /** The thread writes nothing any more. */
  endThread(threadId: number): void {
    for (const ring of this.#rings) {
      if (ring.threadId === threadId) (ring.kept ?? ring.known.deref())?.store(Word.RELEASED, 1);
    }
  }
}

interface FreeRing {
  readonly capacity: number;
  readonly threadId: number;
  readonly usedBytes: number;
  /** Null: left to the collectors. */
  readonly kept: Memory | null;
  readonly known: WeakRef<Memory>;
}

/** Bytes that have been written to, in rings that are kept: 16 of the default size, or many that are nearly new. */
const MOST_BYTES = 2 ** 26;

/** A look at all of them is to take microseconds. */
const MOST_RINGS = 256;

/** With rings of the default size this thread is collected after some 128 new ones. */
const WEIGHED = 8;
