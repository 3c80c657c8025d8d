import { beforeEach, describe, expect, test } from 'vitest';
import { createOrdinaryMemory, Death, RecordType, Word } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { LogWriter } from '../../../src/shared/log/writer.ts';
import { bytes } from '../../support/make-log.ts';

const CAPACITY = 128;
let buffer: ArrayBuffer;
let writer: LogWriter;
let reader: LogReader<ArrayBuffer>;

/** Both halves on one thread, each with views of its own. */
beforeEach(() => {
  buffer = createOrdinaryMemory(CAPACITY);
  writer = new LogWriter(new Memory(buffer), 0);
  reader = new LogReader(new Memory(buffer));
  reader.open(1);
});

describe('a log in ordinary memory', () => {
  test('tells one connection after the other', () => {
    for (let epoch = 1; epoch < 100; epoch++) {
      reader.open(epoch);
      writer.begin(epoch);
      writer.record(RecordType.HEAD, 200, 1, bytes(1, 2, 3));
      writer.body(bytes(4, 5), 0, 2);
      writer.publish();
      writer.body(bytes(6), 0, 1);
      writer.publish();
      expect([reader.peek(), reader.a, reader.b]).toEqual([RecordType.HEAD, 200, 1]);
      expect(reader.payload()).toEqual(bytes(1, 2, 3));
      reader.next();
      expect(reader.borrowBody(10)).toEqual(bytes(4, 5, 6));
      expect(reader.peek()).toBe(RecordType.NONE);
    }
  });

  test('holds the writer back, and tells when there is room again', () => {
    writer.begin(1);
    writer.body(new Uint8Array(CAPACITY - 16), 0, CAPACITY - 16);
    writer.publish();
    expect([writer.free(), writer.park()]).toEqual([0, true]);
    const view = reader.borrowBody(CAPACITY);
    expect(view.buffer).toBe(buffer);
    expect([reader.release(), writer.free()]).toEqual([true, CAPACITY]);
    expect(writer.park()).toBe(false);
  });

  test('goes on at the beginning of the ring', () => {
    writer.begin(1);
    writer.body(new Uint8Array(40), 0, 40);
    writer.publish();
    reader.borrowBody(40);
    reader.release();
    writer.rewind();
    writer.body(bytes(7), 0, 1);
    writer.publish();
    const view = reader.borrowBody(1);
    expect([...view, view.byteOffset]).toEqual([7, buffer.byteLength - CAPACITY + 16]);
  });

  test('counts what is sent, and tells what is left to read', () => {
    writer.begin(1);
    writer.sent(3);
    writer.sent(4);
    expect(reader.sent()).toBe(7);
    writer.body(bytes(1, 2, 3), 0, 3);
    writer.publish();
    reader.borrowBody(1);
    expect(writer.unread(reader.unread())).toEqual(bytes(2, 3));
  });

  test('wakes nobody: what would wake a sleeper does nothing more', () => {
    new Memory(buffer).store(Word.READER_WAITS, 1);
    writer.begin(1);
    writer.record(RecordType.STATUS, 5, 0);
    expect(writer.publish()).toBe(true);
    writer.sent(1);
    writer.notify();
    writer.markDead(Death.EXITED);
    expect([reader.peek(), reader.sent(), reader.death()]).toEqual([RecordType.STATUS, 1, Death.EXITED]);
  });
});

describe('nobody can sleep on ordinary memory', () => {
  test.each([
    ['until the log begins', () => {}],
    ['until more comes', () => writer.begin(1)],
  ])('%s', (_what, prepare) => {
    prepare();
    // @ts-expect-error: that needs shared memory.
    expect(() => reader.wait(1)).toThrow(TypeError);
    // @ts-expect-error: that needs shared memory.
    expect(() => reader.waitForSent(0, 1)).toThrow(TypeError);
    // @ts-expect-error: that needs shared memory.
    expect(() => new Memory(buffer).wait(Word.DEATH, 0, 1)).toThrow(TypeError);
  });
});
