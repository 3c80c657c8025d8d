import { createMemory, Word } from '../../shared/log/layout.ts';
import { Memory } from '../../shared/log/memory.ts';
import type { EndMessage, Port } from '../../shared/messages.ts';

/**
 * The memory of clients that are gone, for those to come; with the port that leads to its worker, where that is the
 * right one. A port ends with a turn of the event loop, and some programs never let theirs turn.
 *
 * Shared memory is freed when the garbage collectors of both threads have found it unused, and neither has a reason to
 * look: shared memory does not count for either. So a program that made one client after the other would grow
 * without end.
 *
 * - Memory is used again only when the worker has let go of it (`RELEASED` in layout.ts), or its thread has ended.
 * - Up to MOST_BYTES of it are kept. What is more is left to the collectors, and used again as long as they leave it.
 * - A client that was dropped without `[Symbol.dispose]()` is found by the collector alone: see collected.ts.
 */
export class FreeRings {
  readonly #rings: FreeRing[] = [];
  #keptBytes = 0;

  /** Memory with a ring of `capacity` bytes, as good as new, for a client on thread `threadId`. */
  take(capacity: number, threadId: number): Place {
    const place =
      this.#find(capacity, (ring) => ring.threadId === threadId) ?? this.#find(capacity, () => true);
    if (place === null) return { memory: new Memory(createMemory(capacity)), port: null };
    const { memory, ring } = place;
    memory.reset();
    if (ring.threadId === threadId) return { memory, port: ring.port };
    dismiss(ring);
    return { memory, port: null };
  }

  #find(capacity: number, fits: (ring: FreeRing) => boolean): { memory: Memory; ring: FreeRing } | null {
    // The last one is the most likely to be in a processor's cache.
    for (let index = this.#rings.length - 1; index >= 0; index--) {
      const ring = this.#rings[index];
      if (ring?.capacity !== capacity || !fits(ring)) continue;
      const memory = ring.kept ?? ring.known.deref();
      if (memory?.load(Word.RELEASED) === 0) continue;
      this.#rings.splice(index, 1);
      if (ring.kept) this.#keptBytes -= ring.usedBytes;
      if (memory) return { memory, ring };
    }
    return null;
  }

  /**
   * Nobody on this thread uses `memory` any more, and the worker thread is about to be told, by `port`. The oldest make
   * room for it: of a program that has begun to use rings of another size no others are wanted.
   */
  give(memory: Memory, port: Port, threadId: number): void {
    const { capacity } = memory;
    const usedBytes = memory.usedBytes();
    this.#rings.push({ capacity, threadId, usedBytes, kept: memory, port, known: new WeakRef(memory) });
    this.#keptBytes += usedBytes;
    for (const ring of this.#rings) {
      if (this.#keptBytes <= MOST_BYTES) break;
      this.#leave(ring);
    }
    if (this.#rings.length <= MOST_RINGS) return;
    const oldest = this.#rings.shift();
    if (oldest) this.#leave(oldest);
  }

  /** Leaves it to the collectors of both threads. */
  #leave(ring: FreeRing): void {
    if (ring.kept) this.#keptBytes -= ring.usedBytes;
    ring.kept = null;
    dismiss(ring);
  }

  /** The thread writes nothing any more. */
  endThread(threadId: number): void {
    for (const ring of this.#rings) {
      if (ring.threadId !== threadId) continue;
      (ring.kept ?? ring.known.deref())?.store(Word.RELEASED, 1);
      dismiss(ring);
      ring.threadId = NO_THREAD;
    }
  }
}

/** Its worker forgets the memory, and its port. */
function dismiss(ring: FreeRing): void {
  ring.port?.postMessage(FORGET);
  ring.port?.close();
  ring.port = null;
}

const FORGET: EndMessage = { verb: 'end', kept: false };

/** Where a client lives: its memory, and the port to its worker if there is one that waits for a client. */
export interface Place {
  readonly memory: Memory;
  readonly port: Port | null;
}

interface FreeRing {
  readonly capacity: number;
  threadId: number;
  port: Port | null;
  readonly usedBytes: number;
  /** Null: left to the collectors. */
  kept: Memory | null;
  readonly known: WeakRef<Memory>;
}

const NO_THREAD = -1;

/** Bytes that have been written to, in rings that are kept: 16 of the default size, or many that are nearly new. */
const MOST_BYTES = 2 ** 26;

/** A look at all of them is to take microseconds. */
const MOST_RINGS = 256;
