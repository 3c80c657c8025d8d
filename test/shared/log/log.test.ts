import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { createMemory, Death, RecordType, ringCapacity, Word } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import type { LogWriter } from '../../../src/shared/log/writer.ts';
import { bytes, makeLog } from '../../support/make-log.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';

describe('a caller that sleeps', () => {
  /** Whether `publish()` wakes it. */
  function wakes(write: (writer: LogWriter) => void): boolean {
    const { memory, writer } = makeLog(16_384);
    memory.store(Word.READER_WAITS, 1);
    write(writer);
    return writer.publish();
  }
  const body = (count: number) => (writer: LogWriter) => writer.body(new Uint8Array(count), 0, count);

  test('is woken for many body bytes, and not for few', () => {
    expect(wakes(body(1))).toBe(false);
    expect(wakes(body(4000))).toBe(false);
    expect(wakes(body(4096))).toBe(true);
  });

  test('is woken for whatever is not body, with bytes before or behind it', () => {
    const end = (writer: LogWriter) => writer.record(RecordType.END, 1, 0);
    expect(wakes(end)).toBe(true);
    expect(wakes((writer) => [body(1)(writer), end(writer)])).toBe(true);
    expect(wakes((writer) => [end(writer), body(1)(writer)])).toBe(true);
  });

  test('is woken once for that', () => {
    const { memory, writer } = makeLog(16_384);
    memory.store(Word.READER_WAITS, 1);
    writer.record(RecordType.STATUS, 5, 0);
    expect(writer.publish()).toBe(true);
    body(1)(writer);
    expect(writer.publish()).toBe(false);
  });

  test('is not to be woken when it is awake', () => {
    const { writer } = makeLog(16_384);
    body(1)(writer);
    expect(writer.publish()).toBe(true);
  });
});

describe('records', () => {
  test('come out in the order in which they went in, with arguments and payload', () => {
    const { writer, reader } = makeLog(256);
    writer.record(RecordType.STATUS, 5, 0);
    writer.record(RecordType.HEAD, 200, 3, bytes(1, 2, 3));
    writer.body(bytes(9, 8, 7), 0, 3);
    writer.record(RecordType.END, 1, 0);
    writer.publish();

    expect([reader.peek(), reader.a]).toEqual([RecordType.STATUS, 5]);
    reader.next();
    expect([reader.peek(), reader.a, reader.b]).toEqual([RecordType.HEAD, 200, 3]);
    expect(reader.payload()).toEqual(bytes(1, 2, 3));
    reader.next();
    expect(reader.bodyBytes(100)).toBe(3);
    expect(reader.borrowBody(100)).toEqual(bytes(9, 8, 7));
    expect([reader.peek(), reader.a]).toEqual([RecordType.END, 1]);
    reader.next();
    expect(reader.peek()).toBe(RecordType.NONE);
  });

  test('are not seen before they are published, and then all at once', () => {
    const { writer, reader } = makeLog(256);
    writer.record(RecordType.STATUS, 5, 0);
    writer.body(bytes(1), 0, 1);
    expect(reader.peek()).toBe(RecordType.NONE);
    writer.publish();
    expect(reader.peek()).toBe(RecordType.STATUS);
    reader.next();
    expect(reader.peek()).toBe(RecordType.BODY);
  });

  test('refuse to overwrite what was not read', () => {
    const { writer } = makeLog(64);
    writer.record(RecordType.HEAD, 0, 0, new Uint8Array(48));
    expect(writer.free()).toBe(0);
    expect(() => writer.record(RecordType.END, 0, 0)).toThrow(RangeError);
    expect(() => writer.body(bytes(1), 0, 1)).toThrow(RangeError);
    expect(writer.region(100)).toHaveLength(0);
  });

  test('a payload may wrap round the end of the ring', () => {
    const { writer, reader } = makeLog(64, 32);
    const payload = Uint8Array.from({ length: 40 }, (_, index) => index);
    writer.record(RecordType.TRAILERS, 0, 0, payload);
    writer.publish();
    expect(reader.peek()).toBe(RecordType.TRAILERS);
    expect(reader.payload()).toEqual(payload);
  });
});

describe('body bytes', () => {
  test('that are written one after the other share a record, across copies and regions', () => {
    const { writer, reader } = makeLog(256);
    for (let byte = 0; byte < 100; byte++) {
      if (byte % 2) writer.body(bytes(byte), 0, 1);
      else {
        writer.region(10)[0] = byte;
        writer.commit(1);
      }
    }
    expect(256 - writer.free()).toBe(16 + 112);
    writer.publish();
    expect(reader.borrowBody(1000)).toEqual(Uint8Array.from({ length: 100 }, (_, index) => index));
  });

  test('lie in one piece: a region ends where the ring ends', () => {
    const { writer, reader } = makeLog(128, 64);
    expect(writer.region(1000)).toHaveLength(128 - 64 - 16);
    writer.body(new Uint8Array(80).fill(7), 0, 80);
    writer.publish();
    expect(reader.bodyBytes(1000)).toBe(80);
    expect(reader.borrowBody(1000)).toHaveLength(48);
    expect(reader.borrowBody(1000)).toHaveLength(32);
  });

  test('are free for the writer only after release, so a borrowed view stays whole', () => {
    const { writer, reader } = makeLog(64);
    writer.body(bytes(1, 2, 3), 0, 3);
    writer.publish();
    const view = reader.borrowBody(10);
    const before = writer.free();
    expect(view).toEqual(bytes(1, 2, 3));
    reader.release();
    expect(writer.free()).toBeGreaterThan(before);
  });
});

describe('epochs', () => {
  test('nothing of an older connection is seen, however much of it there is', () => {
    const { writer, reader, memory } = makeLog(256);
    writer.body(new Uint8Array(200).fill(1), 0, 200);
    writer.publish();
    reader.open(2);
    expect(reader.peek()).toBe(RecordType.NONE);
    writer.record(RecordType.END, 0, 0);
    writer.publish();
    expect(reader.peek()).toBe(RecordType.NONE);

    writer.begin(2);
    expect(writer.free()).toBe(memory.capacity);
    writer.record(RecordType.STATUS, 3, 0);
    writer.publish();
    expect(reader.peek()).toBe(RecordType.STATUS);
  });

  test('a thousand connections that were never read leave the ring as good as new', () => {
    const { writer, reader, start, memory } = makeLog(256, 0x7fff_ff80);
    for (let epoch = 2; epoch < 1000; epoch++) {
      start(epoch);
      writer.body(new Uint8Array(150), 0, 150);
      writer.publish();
      if (epoch % 3 === 0) reader.borrowBody(reader.bodyBytes(70));
      if (epoch % 6 === 0) reader.release();
    }
    start(1000);
    expect(writer.free()).toBeGreaterThan(memory.capacity - 16);
  });
});

describe('waiting', () => {
  test('a worker that waits is woken once, when half the ring is free', () => {
    const { writer, reader } = makeLog(128);
    writer.body(new Uint8Array(112), 0, 112);
    writer.publish();
    expect(writer.park()).toBe(true);
    reader.borrowBody(40);
    expect(reader.release()).toBe(false);
    reader.borrowBody(40);
    expect(reader.release()).toBe(true);
    reader.borrowBody(10);
    expect(reader.release()).toBe(false);
  });

  test('a worker does not wait for a ring that was drained in between', () => {
    const { writer, reader } = makeLog(128);
    writer.body(new Uint8Array(112), 0, 112);
    writer.publish();
    reader.borrowBody(112);
    reader.release();
    expect(writer.park()).toBe(false);
  });

  test('a caller sleeps no longer than it was told', () => {
    const { reader } = makeLog(128);
    reader.wait(1);
    reader.open(7);
    reader.wait(1);
  });

  test('of two reasons why the worker is dead the first stays', () => {
    const { writer, reader, memory } = makeLog(128);
    expect(reader.death()).toBe(Death.NONE);
    writer.markDead(Death.EXITED);
    memory.markDead(Death.POOL_CLOSED);
    expect(reader.death()).toBe(Death.EXITED);
  });
});

describe('a ring that is rewound', () => {
  const CAPACITY = 2 ** 19;

  /** `used` bytes of body have gone through, and all but `left` were taken. */
  function afterBody(used: number, left: number, cursor = 0) {
    const log = makeLog(CAPACITY, cursor);
    log.writer.body(new Uint8Array(used), 0, used);
    log.writer.publish();
    log.reader.borrowBody(used - left);
    log.reader.release();
    return log;
  }

  test.each([0, 0x7ff8_0000, -0x8_0000])('goes on at its beginning, from cursor %i', (cursor) => {
    const { writer, reader, memory } = afterBody(300_000, 0, cursor);
    writer.rewind();
    expect(writer.free()).toBeLessThan(300_100);
    writer.record(RecordType.HEAD, 200, 0, bytes(1, 2, 3));
    writer.body(bytes(9), 0, 1);
    writer.publish();
    expect([reader.peek(), reader.a]).toEqual([RecordType.HEAD, 200]);
    expect(reader.payload()).toEqual(bytes(1, 2, 3));
    expect(memory.ring.subarray(16, 19)).toEqual(bytes(1, 2, 3));
    reader.next();
    expect(reader.borrowBody(10)).toEqual(bytes(9));
    reader.release();
    expect(reader.peek()).toBe(RecordType.NONE);
    expect(writer.free()).toBe(CAPACITY);
  });

  test('is free for a caller that has only looked', () => {
    const { writer, reader } = afterBody(300_000, 0);
    writer.rewind();
    expect(reader.peek()).toBe(RecordType.NONE);
    reader.release();
    expect(writer.free()).toBe(CAPACITY);
  });

  test.each([
    ['near its beginning', 200_000, 0],
    ['with a byte left to read', 300_000, 1],
  ])('stays as it is %s', (_where, used, left) => {
    const { writer } = afterBody(used, left);
    const free = writer.free();
    writer.rewind();
    expect(writer.free()).toBe(free);
  });
});

test('a ring holds four heads, and its size is a power of two', () => {
  expect(ringCapacity(2 ** 20, { maxHeadSize: 65_536, maxHeadFields: 256 })).toBe(2 ** 20);
  expect(ringCapacity(100_000, { maxHeadSize: 256, maxHeadFields: 1 })).toBe(2 ** 17);
  expect(ringCapacity(16_384, { maxHeadSize: 65_536, maxHeadFields: 256 })).toBe(2 ** 19);
});

describe.each([64, 256, 65_536])('two threads, a ring of %i bytes', (capacity) => {
  test('every byte arrives once and in order, with both sides sleeping and waking', async () => {
    const total = capacity === 65_536 ? 50_000_000 : 300_000;
    const seed = freshSeed();
    const shared = createMemory(capacity);
    const memory = new Memory(shared);
    const reader = new LogReader(memory);
    reader.open(1);
    const thread = new Worker(new URL('./writer-thread.mjs', import.meta.url), {
      workerData: { shared, total, seed },
    });
    try {
      const random = randomFrom(seed + 1);
      const target = new Uint8Array(capacity);
      const deadline = performance.now() + 40_000;
      let received = 0;
      while (reader.peek() !== RecordType.END) {
        const part = target.subarray(0, 1 + random(capacity));
        const count = reader.copyBody(part, 0);
        for (let index = 0; index < count; index++) {
          if (part[index] !== ((received + index) & 255)) {
            throw new Error(`byte ${received + index} is ${part[index]}, TICKHTTP_SEED=${seed}`);
          }
        }
        received += count;
        if (reader.release()) memory.notify(Word.WRITER_WAITS);
        if (count === 0) reader.wait(100);
        if (performance.now() > deadline) throw new Error(`stuck at byte ${received}, TICKHTTP_SEED=${seed}`);
      }
      expect(received).toBe(total);
    } finally {
      await thread.terminate();
    }
  });
});
