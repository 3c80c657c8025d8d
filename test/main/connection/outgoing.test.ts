import { expect, test } from 'vitest';
import { Outgoing } from '../../../src/main/connection/outgoing.ts';
import { makeLog } from '../../support/make-log.ts';

const GIBI = 2 ** 30;

test('what is unsent is right however much was sent, and of the connection there is', () => {
  const { reader, writer, start } = makeLog(2 ** 14);
  const outgoing = new Outgoing({ log: reader, link: null });
  outgoing.begin();
  outgoing.write(new Uint8Array(100));
  writer.sent(40);
  expect(outgoing.unsent()).toBe(60);
  // More than the 32 bits of the count in the memory, and more than anybody has memory for here: an heir's.
  start(2);
  outgoing.begin(6 * GIBI);
  for (const left of [4.5, 3, 1.5, 0]) {
    writer.sent(0.75 * GIBI);
    writer.sent(0.75 * GIBI);
    expect(outgoing.unsent()).toBe(left * GIBI);
  }
  // Until the worker begins with the next connection, what it counts is about this one.
  reader.open(3);
  outgoing.begin(7);
  writer.sent(50);
  expect(outgoing.unsent()).toBe(7);
  writer.begin(3);
  expect(outgoing.unsent()).toBe(7);
  writer.sent(7);
  expect(outgoing.unsent()).toBe(0);
});
