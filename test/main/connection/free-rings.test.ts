import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { FreeRings as AllFreeRings } from '../../../src/main/connection/free-rings.ts';
import { Word } from '../../../src/shared/log/layout.ts';
import type { Memory } from '../../../src/shared/log/memory.ts';
import { LogWriter } from '../../../src/shared/log/writer.ts';
import { eventually } from '../../support/eventually.ts';

const CAPACITY = 65_536;
const THREAD = 7;

/** Of one thread; its ports are another test's. */
class FreeRings {
  readonly #all = new AllFreeRings();
  readonly #port = new MessageChannel().port1;

  take(capacity: number): Memory {
    return this.#all.take(capacity, THREAD).memory;
  }

  keep(memory: Memory, threadId: number): void {
    this.#all.keep(memory, this.#port, threadId);
  }

  endThread(threadId: number): void {
    this.#all.endThread(threadId);
  }
}

/** Memory whose client is gone, and whose worker has let go of it. */
function released(rings: FreeRings, capacity = CAPACITY): Memory {
  const memory = rings.take(capacity);
  rings.keep(memory, THREAD);
  new LogWriter(memory).releaseMemory();
  return memory;
}

describe('memory of a client that is gone', () => {
  test('serves the next one, as good as new', () => {
    const rings = new FreeRings();
    const memory = rings.take(CAPACITY);
    const words = new Int32Array(memory.buffer, 0, 32);
    words.fill(-1);
    rings.keep(memory, THREAD);
    new LogWriter(memory).releaseMemory();
    expect(rings.take(CAPACITY)).toBe(memory);
    expect([...words].every((word) => word === 0)).toBe(true);
  });

  test('serves one client only', () => {
    const rings = new FreeRings();
    const memory = released(rings);
    expect(rings.take(CAPACITY)).toBe(memory);
    expect(rings.take(CAPACITY)).not.toBe(memory);
  });

  test('waits until its worker has let go of it', () => {
    const rings = new FreeRings();
    const memory = rings.take(CAPACITY);
    rings.keep(memory, THREAD);
    expect(rings.take(CAPACITY)).not.toBe(memory);
    new LogWriter(memory).releaseMemory();
    expect(rings.take(CAPACITY)).toBe(memory);
  });

  test('does not stand in the way of memory that is ready', () => {
    const rings = new FreeRings();
    const ready = released(rings);
    const waiting = rings.take(2 * CAPACITY);
    rings.keep(waiting, THREAD);
    const other = new FreeRings().take(CAPACITY);
    rings.keep(other, THREAD);
    expect(rings.take(CAPACITY)).toBe(ready);
  });

  test('is ready too when its thread has ended, and not when another has', () => {
    const rings = new FreeRings();
    const memory = rings.take(CAPACITY);
    rings.keep(memory, THREAD);
    rings.endThread(THREAD + 1);
    expect(rings.take(CAPACITY)).not.toBe(memory);
    rings.endThread(THREAD);
    expect(rings.take(CAPACITY)).toBe(memory);
  });

  test('serves only a client that wants as much', () => {
    const rings = new FreeRings();
    const memory = released(rings);
    for (const capacity of [CAPACITY / 2, CAPACITY * 2]) expect(rings.take(capacity)).not.toBe(memory);
    expect(rings.take(CAPACITY)).toBe(memory);
  });
});

describe('a port that waits for a client', () => {
  function given(wrote: number): { all: AllFreeRings; memory: Memory; port: MessagePort } {
    const all = new AllFreeRings();
    const { memory } = all.take(2 ** 27, THREAD);
    const { port1: port } = new MessageChannel();
    memory.store(Word.WRITE, wrote);
    all.keep(memory, port, THREAD);
    new LogWriter(memory).releaseMemory();
    return { all, memory, port };
  }

  test('goes with the memory to the next client of its thread', () => {
    const { all, memory, port } = given(1);
    expect(all.take(2 ** 27, THREAD)).toEqual({ memory, port });
  });

  test('is closed when the memory goes to a client of another thread', async () => {
    const { all, memory, port } = given(1);
    const closed = once(port, 'close');
    expect(all.take(2 ** 27, THREAD + 1)).toEqual({ memory, port: null });
    await closed;
  });

  test('is closed when its thread has ended', async () => {
    const { all, memory, port } = given(1);
    const closed = once(port, 'close');
    all.endThread(THREAD);
    expect(all.take(2 ** 27, THREAD)).toEqual({ memory, port: null });
    await closed;
  });

  test('is closed where the memory is too much to keep', async () => {
    const { all, memory, port } = given(2 ** 27);
    await once(port, 'close');
    expect(all.take(2 ** 27, THREAD)).toEqual({ memory, port: null });
  });
});

describe('how much is kept', () => {
  /** Collects until no more than `count` are left, and makes sure that it is no less. */
  async function survivors(known: readonly WeakRef<Memory>[], count: number): Promise<void> {
    await eventually(() => {
      globalThis.gc?.();
      expect(known.filter((ring) => ring.deref() !== undefined).length).toBeLessThanOrEqual(count);
    });
    expect(known.filter((ring) => ring.deref() !== undefined)).toHaveLength(count);
  }

  /** As many rings as that, written to from end to end, all of whose clients are gone. */
  function giveFull(rings: FreeRings, count: number, capacity: number): WeakRef<Memory>[] {
    const memories = Array.from({ length: count }, () => rings.take(capacity));
    return memories.map((memory) => {
      memory.store(Word.WRITE, capacity);
      rings.keep(memory, THREAD);
      memory.store(Word.RELEASED, 1);
      return new WeakRef(memory);
    });
  }

  function takeAll(rings: FreeRings, count: number): Memory[] {
    return Array.from({ length: count }, () => rings.take(2 ** 22));
  }

  function giveBack(rings: FreeRings, memories: readonly Memory[], wrote: number): void {
    for (const memory of memories) {
      memory.store(Word.WRITE, wrote);
      rings.keep(memory, THREAD);
    }
  }

  test('is bounded, and what is more is used again until it is collected', async () => {
    const rings = new FreeRings();
    const known = giveFull(rings, 40, 2 ** 22);
    const taken = known.map(() => rings.take(2 ** 22));
    // Of those that nobody holds any more only what is kept survives the collector.
    expect(taken.every((memory) => known.some((ring) => ring.deref() === memory))).toBe(true);
    giveBack(rings, taken.splice(0), 2 ** 22);
    await survivors(known, 16);
  });

  test('is counted by what was ever written to', async () => {
    const rings = new FreeRings();
    const known = giveFull(rings, 40, 2 ** 22);
    giveBack(rings, takeAll(rings, 40), 1);
    await survivors(known, 16);
  });

  test('gives way to what is used now', async () => {
    const rings = new FreeRings();
    const old = giveFull(rings, 16, 2 ** 22);
    const now = giveFull(rings, 300, 2 ** 16);
    await survivors(now, 256);
    await survivors(old, 0);
  });

  test('is counted by what was written to', async () => {
    const rings = new FreeRings();
    const known: WeakRef<Memory>[] = [];
    const memories = Array.from({ length: 100 }, () => rings.take(2 ** 22));
    for (const memory of memories.splice(0)) {
      memory.store(Word.WRITE, 1000);
      rings.keep(memory, THREAD);
      known.push(new WeakRef(memory));
    }
    await survivors(known, 100);
  });
});
