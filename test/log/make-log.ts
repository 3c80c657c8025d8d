import { LogReader } from '../../src/main/log-reader.ts';
import { createMemory, Memory, Word } from '../../src/shared/layout.ts';
import { LogWriter } from '../../src/worker/log-writer.ts';

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
