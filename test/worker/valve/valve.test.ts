import { describe, expect, test } from 'vitest';
import { createMemory, Word } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import type { BodySink } from '../../../src/worker/sinks/body-sink.ts';
import { Valve } from '../../../src/worker/valve/valve.ts';
import type { Wire } from '../../../src/worker/valve/wire.ts';
import { SharedRing } from './caller.ts';

/** The first bytes of each read are framing, and the others body. */
class HalfBody implements Wire {
  readonly #sink: BodySink;
  readonly keptBytes = 0;
  active = true;
  direct = 0;
  framing = 0;
  taken = 0;
  /** The next bytes are the last. */
  ends = false;
  passed: (count: number) => void = () => {};

  constructor(sink: BodySink) {
    this.#sink = sink;
  }

  directBytes(): number {
    return this.direct;
  }

  take(bytes: Uint8Array, count: number): number {
    if (!this.active) throw new Error('it awaits nothing');
    this.taken += count;
    this.active = !this.ends;
    this.#sink.body(bytes, this.framing, count);
    return count - this.framing;
  }
}

const RESERVE = 100;
const MODEST = 16_384;
/** Bytes of a ring. */
const SMALL = 65_536;
const LARGE = 2 ** 20;

/** A valve before a ring. `start`: the place in the ring of its first record. */
function open({ capacity = LARGE, reserve = RESERVE, start = 0 } = {}) {
  const memory = new Memory(createMemory(capacity));
  memory.store(Word.READ, start);
  const sink = new SharedRing(memory, 0);
  const reader = new LogReader(memory);
  const valve = new Valve(sink, { scratch: new Uint8Array(capacity), reserve, later: () => {} });
  const wire = new HalfBody(sink);
  sink.begin(1);
  reader.open(1);
  valve.open(wire);
  const read = (most: number) => {
    const buffer = valve.buffer();
    return valve.read(Math.min(most, buffer.length), buffer);
  };
  /** The caller takes so many bytes. */
  const take = (count: number) => {
    const bytes = new Uint8Array(count);
    const taken = reader.copyBody(bytes, 0);
    reader.release();
    return bytes.subarray(0, taken);
  };
  const isDirect = () => valve.buffer().buffer instanceof SharedArrayBuffer;
  return { sink, valve, wire, read, take, isDirect };
}

describe('a read', () => {
  test('is possible, however much of the sink is reserve', () => {
    for (const reserve of [0, 4000, 4096, 6000])
      expect(open({ capacity: 16_384, reserve }).valve.buffer().length).toBeGreaterThanOrEqual(1024);
  });

  test('is large while most of what comes is body, and else modest', () => {
    const { valve, wire, read } = open();
    expect(valve.buffer()).toHaveLength(MODEST);
    read(1000);
    expect(valve.buffer()).toHaveLength(LARGE / 4);
    wire.framing = 100;
    read(1000);
    expect(valve.buffer()).toHaveLength(MODEST);
    wire.framing = 10;
    read(1000);
    expect(valve.buffer()).toHaveLength(LARGE / 4);
    wire.ends = true;
    read(1000);
    expect(valve.buffer()).toHaveLength(MODEST);
  });

  test('goes straight into the sink where there is much to come, and a large piece of the ring', () => {
    const { valve, wire, isDirect } = open();
    wire.direct = 131_071;
    expect(isDirect()).toBe(false);
    wire.direct = 131_072;
    expect(isDirect()).toBe(true);
    wire.direct = Number.POSITIVE_INFINITY;
    expect(valve.buffer()).toHaveLength(LARGE - RESERVE);
    const atEnd = open({ start: LARGE - 131_072 });
    atEnd.wire.direct = Number.POSITIVE_INFINITY;
    expect(atEnd.isDirect()).toBe(false);
  });

  test('that is larger than the room is taken in pieces', () => {
    const { valve, take } = open({ capacity: SMALL });
    const bytes = new Uint8Array(SMALL).fill(7);
    expect(valve.read(SMALL, bytes)).toBe('stop');
    bytes.fill(0);
    const first = take(SMALL);
    expect(valve.wake()).toBe(true);
    expect(Buffer.compare(Buffer.concat([first, take(SMALL)]), Buffer.alloc(SMALL, 7))).toBe(0);
  });
});

test('a read that was prepared waits where the ring begins anew, and has no room yet', () => {
  const { sink, valve, wire, take } = open({ capacity: SMALL, reserve: 10_000, start: SMALL / 8 });
  const buffer = valve.buffer();
  sink.expect();
  expect(sink.free()).toBe(SMALL / 8);
  expect([valve.read(100, buffer), wire.taken]).toEqual(['stop', 0]);
  take(1);
  expect([valve.wake(), wire.taken]).toEqual([true, 100]);
});

describe('a turn', () => {
  test('has room for much body, and for little framing', () => {
    const { wire, read } = open();
    for (let count = 0; count < 10; count++) expect(read(MODEST)).toBe('on');
    wire.framing = 5000;
    expect([read(5000), read(5000), read(5000)]).toEqual(['on', 'yield', 'on']);
  });

  test('in which a request is written has spent nothing on its answer', () => {
    const { valve, wire, read } = open();
    wire.framing = 5000;
    expect(read(5000)).toBe('on');
    valve.begin();
    expect([read(5000), read(5000)]).toEqual(['on', 'yield']);
  });
});

describe('a full sink', () => {
  /** Reads one byte, with which there is so much room left, and no more than one record. */
  function leave(room: number) {
    const valve = open({ capacity: SMALL });
    valve.sink.body(new Uint8Array(SMALL), 0, SMALL - RESERVE - room - 32);
    return { ...valve, pace: valve.read(1) };
  }

  test('stops the source with a sixteenth left', () => {
    expect(leave(SMALL / 16 + 16).pace).toBe('on');
    expect(leave(SMALL / 16 - 16).pace).toBe('stop');
  });

  test('goes on when half of it is free, and not before', () => {
    const { valve, take } = leave(0);
    expect(valve.wake()).toBe(false);
    take(SMALL / 4);
    expect(valve.wake()).toBe(false);
    take(SMALL / 4);
    expect(valve.wake()).toBe(true);
    expect(valve.wake()).toBe(false);
  });

  test('is full again where what waited leaves less than a modest read', () => {
    const { valve, read, take } = leave(0);
    expect([read(MODEST), read(MODEST / 2)]).toEqual(['stop', 'stop']);
    take(SMALL / 2);
    expect(valve.wake()).toBe(false);
    take(SMALL / 2);
    expect(valve.wake()).toBe(true);
  });

  test('takes an end at once, if there are no bytes before it', () => {
    const { valve } = leave(0);
    let ended = false;
    valve.afterBacklog(() => {
      ended = true;
    });
    expect(ended).toBe(true);
  });
});

describe('a buffer for body', () => {
  test('is forgotten with the wire', () => {
    const { sink, valve, wire, read } = open();
    wire.direct = LARGE;
    expect(read(10)).toBe('on');
    wire.direct = 0;
    const other = new HalfBody(sink);
    valve.open(other);
    // Into the buffer of another client, which had the connection before.
    expect(valve.read(10, new Uint8Array(10))).toBe('on');
    expect(other.taken).toBe(10);
  });

  test('is forgotten behind a hold', () => {
    const { valve, wire, read } = open();
    wire.direct = LARGE;
    wire.passed = () => valve.hold([new Uint8Array(50)]);
    expect(read(10)).toBe('stop');
    wire.direct = 0;
    expect(valve.release()).toBe(true);
    expect(wire.taken).toBe(50);
  });
});

test('where nothing is held, nothing comes', () => {
  const { valve, wire } = open();
  valve.hold([new Uint8Array(0)]);
  wire.active = false;
  expect(valve.release()).toBe(true);
});
