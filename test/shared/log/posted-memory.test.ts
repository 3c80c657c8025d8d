import { describe, expect, test } from 'vitest';
import { createOrdinaryMemory, RecordType, Word } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { type LogPost, MirrorMemory, PostedMemory } from '../../../src/shared/log/posted-memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { LogWriter } from '../../../src/shared/log/writer.ts';
import { bytes } from '../../support/make-log.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';

/** Both halves, and what is under way between them, which arrives when the test says so. */
function makePair(capacity: number, cursor = 0) {
  const posts: LogPost[] = [];
  const releases: { cursor: number; emptied: ArrayBuffer[] }[] = [];
  const due: (() => void)[] = [];
  const clock = {
    now: () => 0,
    later: (act: () => void) => void due.push(act),
    after: (_milliseconds: number, act: () => void) => void due.push(act),
  };
  const post = (message: LogPost, transfer: ArrayBuffer[]): void => {
    posts.push(structuredClone(message, { transfer }));
  };
  const [workers, callers] = [createOrdinaryMemory(capacity), createOrdinaryMemory(capacity)];
  for (const buffer of [workers, callers]) new Memory(buffer).store(Word.READ, cursor);
  const worker = new PostedMemory(workers, post, clock);
  const caller = new MirrorMemory(callers, (cursor, emptied) => {
    releases.push(structuredClone({ cursor, emptied }, { transfer: emptied }));
  });
  const writer = new LogWriter(worker);
  const reader = new LogReader(caller);
  const wakes = { count: 0 };
  const turn = (): void => due.shift()?.();
  const deliver = (): void => {
    const arrived = posts.shift();
    if (arrived) caller.take(arrived);
  };
  const release = (): void => {
    const arrived = releases.shift();
    if (arrived && worker.released(arrived.cursor, arrived.emptied)) wakes.count += 1;
  };
  const start = (epoch: number): void => {
    reader.open(epoch);
    writer.begin(epoch);
  };
  const settle = (): void => {
    for (let rounds = 0; rounds < 8; rounds++) {
      while (due.length > 0) turn();
      while (posts.length > 0) deliver();
      while (releases.length > 0) release();
    }
  };
  start(1);
  return { worker, caller, writer, reader, posts, releases, turn, deliver, release, settle, start, wakes };
}

type Seen = number | readonly [type: number, a: number, payload: string];

describe.each([64, 128, 4096])('laps round two rings of %i bytes, by messages', (capacity) => {
  test.each([0, 0x7fff_fe00, -512])('from cursor %i: every byte and record once, in order', (cursor) => {
    const seed = freshSeed();
    const random = randomFrom(seed);
    const { writer, reader, turn, deliver, release, settle } = makePair(capacity, cursor);
    const written: Seen[] = [];
    const read: Seen[] = [];
    let next = 0;
    const write = (): void => {
      if (random(3) === 0) {
        const payload = Uint8Array.from({ length: random(capacity / 4) }, () => random(256));
        if (16 + payload.length > writer.free()) return;
        writer.record(RecordType.HEAD, next, 0, payload);
        written.push([RecordType.HEAD, next, payload.toString()]);
        return;
      }
      const region = writer.region(1 + random(capacity));
      const used = random(region.length + 1);
      for (let index = 0; index < used; index++) {
        written.push(next & 255);
        region[index] = next++ & 255;
      }
      writer.commit(used);
    };
    const take = (): void => {
      const type = reader.peek();
      if (type === RecordType.NONE) return;
      if (type === RecordType.BODY) {
        const target = new Uint8Array(1 + random(capacity));
        read.push(...target.subarray(0, reader.copyBody(target, 0)));
        return;
      }
      read.push([type, reader.a, reader.payload().toString()]);
      reader.next();
    };
    const acts = [write, write, () => writer.publish(), turn, deliver, release, take, take];
    acts.push(() => void reader.release());
    for (let step = 0; step < (capacity < 1000 ? 6000 : 500); step++) acts[random(acts.length)]?.();
    writer.publish();
    for (let rounds = 0; rounds < 20; rounds++) {
      settle();
      while (reader.peek() !== RecordType.NONE) take();
      reader.release();
    }
    expect(written.length).toBeGreaterThan(1000);
    expect(read, `TICKHTTP_SEED=${seed}`).toEqual(written);
  });
});

describe('what is posted', () => {
  test('is what was published, once, joined until it is due', () => {
    const { writer, posts, turn, deliver, reader } = makePair(4096);
    writer.body(bytes(1, 2), 0, 2);
    expect(posts).toEqual([]);
    writer.publish();
    writer.body(bytes(3), 0, 1);
    writer.publish();
    turn();
    expect(posts).toHaveLength(1);
    deliver();
    expect([...reader.borrowBody(9)]).toEqual([1, 2, 3]);
  });

  test('grows no more: later bytes have a record of their own', () => {
    const { writer, turn, deliver, reader } = makePair(4096);
    writer.body(bytes(1), 0, 1);
    writer.publish();
    turn();
    writer.body(bytes(2), 0, 1);
    writer.publish();
    turn();
    deliver();
    deliver();
    const target = new Uint8Array(4);
    expect([reader.copyBody(target, 0), ...target]).toEqual([2, 1, 2, 0, 0]);
  });

  test('is posted at once where it is much', () => {
    const { writer, posts } = makePair(2 ** 20);
    writer.body(new Uint8Array(2 ** 18), 0, 2 ** 18);
    writer.publish();
    expect(posts).toHaveLength(1);
  });

  test('comes in memory that goes back, some pieces at a time', () => {
    const { writer, posts, releases, deliver } = makePair(2 ** 22);
    const SIZE = 2 ** 18;
    for (let piece = 0; piece < 5; piece++) {
      writer.body(new Uint8Array(SIZE), 0, SIZE);
      writer.publish();
    }
    while (posts.length > 0 && releases.length === 0) deliver();
    expect(posts).toHaveLength(1);
    expect(releases.map(({ emptied }) => emptied.map(({ byteLength }) => byteLength))).toEqual([
      Array(4).fill(SIZE),
    ]);
  });

  test('goes back without a cursor that the worker may not know: of a log that is over', () => {
    const { writer, posts, releases, deliver, reader, worker } = makePair(2 ** 22);
    const SIZE = 2 ** 18;
    for (let piece = 0; piece < 5; piece++) {
      writer.body(new Uint8Array(SIZE), 0, SIZE);
      writer.publish();
    }
    deliver();
    reader.copyBody(new Uint8Array(SIZE), 0);
    reader.release();
    const told = worker.load(Word.READ);
    while (posts.length > 0 && releases.length === 0) deliver();
    expect(releases.map(({ cursor, emptied }) => [cursor, emptied.length])).toEqual([[told, 4]]);
  });

  test('in no more memory than it needs where it is little', () => {
    const { writer, posts, turn } = makePair(4096);
    writer.body(bytes(1, 2, 3), 0, 3);
    writer.publish();
    turn();
    expect(posts[0]?.pieces.map(({ length, buffer }) => length === buffer.byteLength)).toEqual([true]);
  });

  test('of an older connection is not seen in the next one', () => {
    const { writer, reader, settle, start } = makePair(256);
    for (let epoch = 2; epoch < 50; epoch++) {
      writer.body(bytes(9, 9, 9), 0, 3);
      writer.publish();
      start(epoch);
      writer.record(RecordType.HEAD, epoch, 0);
      writer.publish();
      settle();
      expect([reader.peek(), reader.a]).toEqual([RecordType.HEAD, epoch]);
      reader.next();
      expect(reader.peek()).toBe(RecordType.NONE);
      reader.release();
    }
  });
});

test('a writer that waits is woken when the caller has read half of the ring', () => {
  const { writer, reader, settle, wakes } = makePair(256);
  writer.body(new Uint8Array(240), 0, 240);
  writer.publish();
  expect(writer.park()).toBe(true);
  settle();
  expect(wakes.count).toBe(0);
  reader.copyBody(new Uint8Array(100), 0);
  reader.release();
  settle();
  expect(wakes.count).toBe(0);
  reader.copyBody(new Uint8Array(140), 0);
  reader.release();
  settle();
  expect([wakes.count, writer.free() >= 128]).toEqual([1, true]);
});

test('what the caller looks at is posted too: heartbeat, death, requests that were asked', () => {
  const { worker, caller, writer, settle } = makePair(256);
  writer.beat();
  writer.asked();
  writer.markDead(1);
  settle();
  for (const word of [Word.HEARTBEAT, Word.ASKED, Word.DEATH]) {
    expect(caller.load(word)).toBe(worker.load(word));
    expect(caller.load(word)).toBe(1);
  }
});
