import { createMemory, Word } from '../../shared/log/layout.ts';
import { Memory } from '../../shared/log/memory.ts';
import type { EndMessage, Port } from '../../shared/messages.ts';

/**
 * Keeps the memory of clients that are gone for later clients. If the next client uses the same thread, it also gets
 * the port to the worker: a port closes only in a turn of the event loop, and some programs never let theirs turn.
 *
 * Shared memory is freed when the garbage collectors of both threads have found it unused. Neither has a reason to
 * look, because shared memory does not count for either. So without this class, a program that makes one client after
 * another would grow without end.
 *
 * - Memory is reused only when the worker has released it (`RELEASED` in layout.ts), or its thread has ended.
 * - Up to MOST_BYTES of it are kept. The rest is left to the collectors, and reused as long as it is still there.
 * - Only the collector finds a client that was dropped without `[Symbol.dispose]()`: see collected.ts.
 */
export class FreeRings {
  readonly #rings: FreeRing[] = [];
  #keptBytes = 0;

  /** Memory with a ring of `capacity` bytes, as good as new, for a client on thread `threadId`. */
  take(capacity: number, threadId: number): MemoryWithPort {
    const found =
      this.#find(capacity, (ring) => ring.threadId === threadId) ?? this.#find(capacity, () => true);
    if (found === null) return { memory: new Memory(createMemory(capacity)), port: null };
    const { memory, ring } = found;
    memory.reset();
    if (ring.threadId === threadId) return { memory, port: ring.port };
    closePort(ring);
    return { memory, port: null };
  }

  #find(capacity: number, fits: (ring: FreeRing) => boolean): { memory: Memory; ring: FreeRing } | null {
    // The last one is the most likely to be in a processor's cache.
    for (let index = this.#rings.length - 1; index >= 0; index--) {
      const ring = this.#rings[index];
      if (ring?.capacity !== capacity || !fits(ring)) continue;
      const memory = ring.strong ?? ring.weak.deref();
      if (memory?.load(Word.RELEASED) === 0) continue;
      this.#rings.splice(index, 1);
      if (ring.strong) this.#keptBytes -= ring.usedBytes;
      if (memory) return { memory, ring };
    }
    return null;
  }

  /**
   * Nobody on this thread uses `memory` any more, and the worker is about to be told so through `port`. If there is too
   * much, the oldest rings are left to the collectors: a program that has changed to rings of another size no longer
   * needs them.
   */
  keep(memory: Memory, port: Port, threadId: number): void {
    const { capacity } = memory;
    const usedBytes = memory.usedBytes();
    this.#rings.push({ capacity, threadId, usedBytes, strong: memory, port, weak: new WeakRef(memory) });
    this.#keptBytes += usedBytes;
    for (const ring of this.#rings) {
      if (this.#keptBytes <= MOST_BYTES) break;
      this.#leaveToCollectors(ring);
    }
    if (this.#rings.length <= MOST_RINGS) return;
    const oldest = this.#rings.shift();
    if (oldest) this.#leaveToCollectors(oldest);
  }

  /** The collectors of both threads free the memory. Until then it can be reused. */
  #leaveToCollectors(ring: FreeRing): void {
    if (ring.strong) this.#keptBytes -= ring.usedBytes;
    ring.strong = null;
    closePort(ring);
  }

  /** The thread has ended and writes nothing any more, so its memory is free. */
  endThread(threadId: number): void {
    for (const ring of this.#rings) {
      if (ring.threadId !== threadId) continue;
      (ring.strong ?? ring.weak.deref())?.store(Word.RELEASED, 1);
      closePort(ring);
      ring.threadId = NO_THREAD;
    }
  }
}

/** Makes the worker forget the memory and the port. */
function closePort(ring: FreeRing): void {
  ring.port?.postMessage(FORGET);
  ring.port?.close();
  ring.port = null;
}

const FORGET: EndMessage = { verb: 'end', kept: false };

/** What a new client gets. `port` leads to a worker that knows the memory already; null if there is none. */
export interface MemoryWithPort {
  readonly memory: Memory;
  readonly port: Port | null;
}

interface FreeRing {
  readonly capacity: number;
  threadId: number;
  port: Port | null;
  readonly usedBytes: number;
  /** Null if it is left to the collectors. */
  strong: Memory | null;
  readonly weak: WeakRef<Memory>;
}

const NO_THREAD = -1;

/**
 * The limit for bytes that were written to, in rings that are kept: 16 rings of the default size, or many nearly new
 * ones.
 */
const MOST_BYTES = 2 ** 26;

/** Each new client looks at all of them, which must take no more than microseconds. */
const MOST_RINGS = 256;
