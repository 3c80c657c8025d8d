import { describe, expect, test, vi } from 'vitest';
import { RecordType } from '../../../src/shared/log/layout.ts';
import type { Memory } from '../../../src/shared/log/memory.ts';
import type { LogReader } from '../../../src/shared/log/reader.ts';
import { bytes, makeLog } from '../../support/make-log.ts';

describe('bytes that come one by one', () => {
  const COUNT = 65_536;

  /** A log into which that many bytes have come, each published by itself. `look` is called after each. */
  function dribble(look: (reader: LogReader, index: number) => void = () => {}) {
    const log = makeLog(2 ** 22);
    for (let index = 0; index < COUNT; index++) {
      log.writer.body(bytes(index & 255), 0, 1);
      log.writer.publish();
      look(log.reader, index);
    }
    return log;
  }
  const all = Uint8Array.from({ length: COUNT }, (_, index) => index & 255);

  /** How often `act` looks at the header of a record, and how many views it makes. */
  function count(memory: Memory, act: () => void): { headers: number; views: number } {
    const headers = vi.spyOn(memory, 'getHeader');
    const views = vi.spyOn(Uint8Array.prototype, 'subarray');
    act();
    const counts = { headers: headers.mock.calls.length, views: views.mock.calls.length };
    headers.mockRestore();
    views.mockRestore();
    return counts;
  }

  const callers: [string, (reader: LogReader, index: number) => void][] = [
    ['that looks away', () => {}],
    ['that polls now and then', (reader, index) => index % 10_000 === 0 && reader.peek()],
    ['that polls after each', (reader) => reader.peek()],
    ['that counts after each', (reader) => reader.bodyBytes(COUNT)],
  ];
  test.each(callers)('are a few records to a caller %s', (_caller, look) => {
    const { memory, reader } = dribble(look);
    const counting = count(memory, () => expect(reader.bodyBytes(COUNT)).toBe(COUNT));
    expect(counting.headers).toBeLessThan(20);
    const target = new Uint8Array(COUNT);
    const reading = count(memory, () => expect(reader.copyBody(target, 0)).toBe(COUNT));
    expect(Buffer.compare(target, all)).toBe(0);
    expect(reading.headers).toBeLessThan(20);
    expect(reading.views).toBeLessThan(10);
  });

  test('are a record of their own once the caller has looked, and take no room of others', () => {
    const { memory, reader, writer } = dribble();
    expect(memory.capacity - writer.free()).toBe(16 + COUNT);
    expect(reader.peek()).toBe(RecordType.BODY);
    writer.body(bytes(1, 2), 0, 2);
    writer.publish();
    expect(memory.capacity - writer.free()).toBe(16 + COUNT + 32);
    expect(reader.borrowBody(10 * COUNT)).toHaveLength(COUNT);
    expect(reader.borrowBody(10)).toEqual(bytes(1, 2));
  });

  test('are whole where the caller looks in the moment in which they are added', () => {
    const { memory, reader, writer } = makeLog(4096);
    const piece = Uint8Array.from({ length: 100 }, (_, index) => index);
    writer.body(bytes(1), 0, 1);
    writer.publish();
    const mayGrow = vi.spyOn(memory, 'mayGrow').mockImplementation(() => {
      reader.peek();
      return true;
    });
    writer.body(piece, 0, 100);
    writer.publish();
    expect(mayGrow).toHaveBeenCalled();
    expect(reader.borrowBody(1000)).toEqual(bytes(1));
    expect(reader.borrowBody(1000)).toEqual(piece);
  });

  test('are not added to what stands before a head', () => {
    const { reader, writer } = makeLog(256);
    writer.body(bytes(1), 0, 1);
    writer.publish();
    writer.record(RecordType.END, 1, 0);
    writer.body(bytes(2), 0, 1);
    writer.publish();
    expect(reader.borrowBody(10)).toEqual(bytes(1));
    expect(reader.peek()).toBe(RecordType.END);
    reader.next();
    expect(reader.borrowBody(10)).toEqual(bytes(2));
  });

  test('are seen together with the end that is published with them, and not before', () => {
    const { reader, writer } = makeLog(256);
    writer.body(bytes(1), 0, 1);
    writer.publish();
    writer.body(bytes(2), 0, 1);
    expect(reader.bodyBytes(10)).toBe(1);
    writer.record(RecordType.END, 1, 0);
    expect(reader.bodyBytes(10)).toBe(1);
    writer.publish();
    expect(reader.bodyBytes(10)).toBe(2);
  });

  test('are counted once, in pieces that are too large to share a record, too', () => {
    const { memory, reader, writer } = makeLog(2 ** 22);
    const piece = new Uint8Array(5000);
    for (let come = 0; come < 500; come++) {
      writer.body(piece, 0, 5000);
      writer.publish();
    }
    expect(reader.bodyBytes(Number.POSITIVE_INFINITY)).toBe(500 * 5000);
    const again = count(memory, () => {
      expect(reader.bodyBytes(Number.POSITIVE_INFINITY)).toBe(500 * 5000);
      expect(reader.endsBehindBody()).toBe(false);
    });
    expect(again.headers).toBeLessThan(5);
    reader.borrowBody(3000);
    expect(reader.bodyBytes(Number.POSITIVE_INFINITY)).toBe(500 * 5000 - 3000);
    reader.copyBody(new Uint8Array(7000), 0);
    expect(reader.bodyBytes(Number.POSITIVE_INFINITY)).toBe(498 * 5000);
    writer.body(piece, 0, 10);
    writer.publish();
    expect(reader.bodyBytes(Number.POSITIVE_INFINITY)).toBe(498 * 5000 + 10);
    writer.record(RecordType.END, 1, 0);
    writer.publish();
    expect(reader.endsBehindBody()).toBe(true);
  });

  test('are whole where they come over the header of a record that the caller is done with', () => {
    const CAPACITY = 16_384;
    const { reader, writer } = makeLog(CAPACITY);
    const target = new Uint8Array(CAPACITY);
    const pass = (length: number, value: number) => {
      const region = writer.region(length).fill(value);
      writer.commit(region.length);
      writer.publish();
      const taken = target.subarray(0, reader.copyBody(target, 0));
      reader.release();
      expect(taken).toHaveLength(region.length);
      expect(taken.every((byte) => byte === value)).toBe(true);
    };
    // The second record begins at 3040 and ends with the ring; the third begins at 0, and is longer than that.
    pass(3024, 1);
    pass(CAPACITY, 7);
    pass(4096, 0);
    expect(writer.free()).toBe(CAPACITY);
  });
});
