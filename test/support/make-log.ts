import type { Link } from '../../src/main/connection/link.ts';
import { createMemory, Word } from '../../src/shared/log/layout.ts';
import { Memory } from '../../src/shared/log/memory.ts';
import { LogReader } from '../../src/shared/log/reader.ts';
import { LogWriter } from '../../src/shared/log/writer.ts';
import type { AttachTicket } from '../../src/shared/messages.ts';

/** Both halves on one thread, over a ring of `capacity` bytes whose cursors start at `cursor`. */
export function makeLog(capacity: number, cursor = 0) {
  const memory = new Memory(createMemory(capacity));
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
