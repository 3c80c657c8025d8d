import { workerData } from 'node:worker_threads';
import { RecordType, Word } from '../../../dist/shared/log/layout.js';
import { Memory } from '../../../dist/shared/log/memory.js';
import { LogWriter } from '../../../dist/shared/log/writer.js';
import { randomFrom } from '../../support/random.mjs';

// Writes bytes that count up, in pieces of all sizes, and sleeps when the ring is full until the reader's wake.
const { shared, total, seed } = workerData;
const memory = new Memory(shared);
const log = new LogWriter(memory);
const random = randomFrom(seed);

// What would come by and by on a thread that turns its loop.
const publish = () => {
  if (!log.publish()) log.notify();
};

log.begin(1);
for (let next = 0; next < total; ) {
  const region = log.region(Math.min(total - next, 1 + random(memory.capacity)));
  if (region.length === 0) {
    publish();
    if (log.park()) memory.wait(Word.WRITER_WAITS, 1, 10_000);
    continue;
  }
  for (let index = 0; index < region.length; index++) region[index] = next++ & 255;
  log.commit(region.length);
  if (random(2) === 0) publish();
}
publish();
while (log.free() < 32) if (log.park()) memory.wait(Word.WRITER_WAITS, 1, 10_000);
log.record(RecordType.END, 0, 0);
log.publish();
