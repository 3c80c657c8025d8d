import { describe, expect, test } from 'vitest';
import { createMemory, RecordType, ringCapacity } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { RingSink } from '../../../src/worker/sinks/ring-sink.ts';
import { answerValve } from '../../support/answer-valve.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';

const LIMITS = { maxHeadSize: 3800, maxHeadFields: 20 };

/** What a response comes to: its body, its trailers, its end. */
interface Outcome {
  body: string;
  trailers: string;
  ended: boolean;
}

/** A chunked response of random chunks and trailers, as bytes and as what is to come of it. */
function randomResponse(random: (limit: number) => number): { wire: Buffer; outcome: Outcome } {
  let body = '';
  let wire = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  for (let chunks = random(30); chunks > 0; chunks--) {
    const chunk = String.fromCharCode(97 + random(26)).repeat(1 + random(random(4) === 0 ? 60_000 : 40));
    body += chunk;
    wire += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  const trailers = random(2) === 0 ? '' : `T: ${'x'.repeat(random(3700))}\n`;
  wire += `0\r\n${trailers.replace('\n', '\r\n')}\r\n`;
  return { wire: Buffer.from(wire, 'latin1'), outcome: { body, trailers, ended: true } };
}

/**
 * A source that fills each buffer more or less, and goes on for some reads after it was told to stop, as TLS does; a
 * caller that takes a little now and then, and wakes the source.
 */
function pump(wire: Buffer, random: (limit: number) => number): Outcome {
  const memory = new Memory(createMemory(ringCapacity(16_384, LIMITS)));
  const log = new RingSink(memory);
  const reader = new LogReader(memory);
  const outcome: Outcome = { body: '', trailers: '', ended: false };
  const fail = (error: unknown): never => {
    throw error;
  };
  const { valve, expect } = answerValve(log, LIMITS, 65_536, {
    onHead: () => {},
    onEnd: () => log.record(RecordType.END, 1, 0),
    onUnsolicited: () => fail(new Error('unsolicited')),
    onError: fail,
  });
  log.begin(1);
  reader.open(1);
  expect('GET');
  let at = 0;
  let stopped = false;
  let late = 0;
  let buffer = valve.buffer();
  for (let step = 0; !outcome.ended && step < 100_000; step++) {
    if (at < wire.length && (!stopped || late-- > 0)) {
      const count = Math.min(buffer.length, wire.length - at, 1 + random(random(2) === 0 ? 300 : 65_536));
      buffer.set(wire.subarray(at, at + count));
      at += count;
      const stops = valve.read(count, buffer) === 'stop';
      if (stops && !stopped) late = random(5);
      stopped = stops;
      buffer = valve.buffer();
    } else if (take(reader, outcome, random) && valve.wake()) stopped = false;
  }
  return outcome;
}

/** Takes something from the log. True: the worker wants a wake. */
function take(reader: LogReader, outcome: Outcome, random: (limit: number) => number): boolean {
  switch (reader.peek()) {
    case RecordType.BODY:
      outcome.body += Buffer.from(reader.borrowBody(1 + random(20_000))).toString('latin1');
      break;
    case RecordType.TRAILERS:
      // A line ends in CRLF if it came whole, in one piece.
      outcome.trailers = Buffer.from(reader.payload()).toString('latin1').replaceAll('\r', '');
      reader.next();
      break;
    case RecordType.END:
      outcome.ended = true;
      reader.next();
      break;
    case RecordType.HEAD:
      reader.next();
      break;
    default:
      throw new Error('the source waits, and the log is empty');
  }
  return reader.release();
}

test('whatever comes and however full the ring is, all of it finds its place', () => {
  const seed = freshSeed();
  const random = randomFrom(seed);
  for (let round = 0; round < 300; round++) {
    const { wire, outcome } = randomResponse(random);
    expect(pump(wire, random), `TICKHTTP_SEED=${seed}, round ${round}`).toEqual(outcome);
  }
});

test.each([8, 2000, 2048, 3072])(
  'a read into the scratch buffer has a size, and no more than a quarter of the ring: %i fields',
  (maxHeadFields) => {
    const limits = { maxHeadSize: 1024, maxHeadFields };
    const log = new RingSink(new Memory(createMemory(ringCapacity(16_384, limits))));
    const { valve } = answerValve(log, limits, 2 ** 20, {
      onHead: () => {},
      onEnd: () => {},
      onUnsolicited: () => {},
      onError: () => {},
    });
    log.begin(1);
    expect(valve.buffer().length).toBeGreaterThan(0);
    expect(valve.buffer().length).toBeLessThanOrEqual(log.capacity / 4);
  },
);

describe('the size of a read', () => {
  const MODEST = 16_384;

  /** A connection with the default memory, whose caller takes everything at once. */
  function setUp() {
    const limits = { maxHeadSize: 65_536, maxHeadFields: 256 };
    const memory = new Memory(createMemory(2 ** 22));
    const log = new RingSink(memory);
    const reader = new LogReader(memory);
    const { valve, expect: expectAnswer } = answerValve(log, limits, 2 ** 20, {
      onHead: () => {},
      onEnd: () => log.record(RecordType.END, 1, 0),
      onUnsolicited: () => {},
      onError: (error) => {
        throw error;
      },
    });
    log.begin(1);
    reader.open(1);
    const drain = () => {
      while (reader.peek() !== RecordType.NONE) reader.next();
      reader.release();
    };
    const feed = (text: string) => {
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; ) {
        const buffer = valve.buffer();
        const count = Math.min(buffer.length, bytes.length - at);
        buffer.set(bytes.subarray(at, at + count));
        valve.read(count, buffer);
        at += count;
        drain();
      }
    };
    return { log, valve, expectAnswer, feed };
  }
  const chunks = (size: number, count: number) =>
    `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(count);
  const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  test('is large for large chunks, and modest for small ones and between responses', () => {
    const { valve, expectAnswer, feed } = setUp();
    expect(valve.buffer().length).toBe(MODEST);
    expectAnswer('GET');
    feed(HEAD + chunks(16_384, 8));
    expect(valve.buffer().length).toBeGreaterThan(900_000);
    feed(chunks(1, 20_000));
    expect(valve.buffer().length).toBe(MODEST);
    feed(chunks(16_384, 8));
    expect(valve.buffer().length).toBeGreaterThan(900_000);
    feed('0\r\n\r\n');
    expect(valve.buffer().length).toBe(MODEST);
  });

  test('that was prepared before the ring was rewound is not too large for it', () => {
    const { log, valve, expectAnswer, feed } = setUp();
    expectAnswer('GET');
    feed(`${HEAD + chunks(16_384, 40)}0\r\n\r\n`);
    const prepared = valve.buffer();
    const free = log.free();
    log.rewind();
    expect(log.free()).toBeLessThan(free);
    expect(log.free() - prepared.length).toBeGreaterThan(2 ** 18);
    expectAnswer('GET');
    const bytes = Buffer.from(`${HEAD}100000\r\n${'x'.repeat(2 ** 20)}`, 'latin1').subarray(
      0,
      prepared.length,
    );
    prepared.set(bytes);
    expect(valve.read(bytes.length, prepared)).not.toBe('stop');
  });
});
