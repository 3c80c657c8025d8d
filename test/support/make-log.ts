import type { Link } from '../../src/main/connection/link.ts';
import { createMemory, createOrdinaryMemory, Word } from '../../src/shared/log/layout.ts';
import { Memory } from '../../src/shared/log/memory.ts';
import { LogReader } from '../../src/shared/log/reader.ts';
import { LogWriter } from '../../src/shared/log/writer.ts';
import type { AttachTicket } from '../../src/shared/messages.ts';
import { ClientSession, type Common } from '../../src/worker/session/client-session.ts';

/** What the log works on: shared memory, and on one thread ordinary memory as well. */
export const KINDS = [
  ['shared', createMemory],
  ['ordinary', createOrdinaryMemory],
] as const;

/** Both halves on one thread, over a ring of `capacity` bytes whose cursors start at `cursor`. */
export function makeLog(capacity: number, cursor = 0) {
  return makeLogIn(new Memory(createMemory(capacity)), cursor);
}

export function makeLogIn<B extends ArrayBufferLike>(memory: Memory<B>, cursor = 0) {
  memory.store(Word.READ, cursor);
  const writer = new LogWriter(memory);
  const reader = new LogReader(memory);
  const start = (epoch: number) => {
    reader.open(epoch);
    writer.begin(epoch);
  };
  start(1);
  return { memory, writer, reader, start };
}

export const bytes = (...values: number[]) => Uint8Array.from(values);

/** Of a link that leads to a worker for the first time. */
export function ticketOf({ ticket }: Link): AttachTicket {
  if (ticket === null) throw new Error('the link is that of a client that is gone');
  return ticket;
}

/** The worker's half of a link's client, on this thread. */
export function sessionOf(link: Link, common: Common): ClientSession {
  const { memory, settings } = ticketOf(link);
  if (typeof memory === 'number') throw new Error('the link has no shared memory');
  return new ClientSession(new Memory(memory), settings, common);
}
