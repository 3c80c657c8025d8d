import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createMemory, RecordType } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { eventLoop } from '../../../src/worker/node/event-loop.ts';
import { nodeUnpacking } from '../../../src/worker/node/unpack/unpacking.ts';
import { LogStory } from '../../../src/worker/sinks/log-story.ts';
import { RingSink } from '../../../src/worker/sinks/ring-sink.ts';
import { UnpackedLog } from '../../../src/worker/sinks/unpacked-log.ts';

test('trailers that wait for the decoder are a copy: their memory may serve something else meanwhile', async () => {
  const memory = new Memory(createMemory(65_536));
  const [log, reader] = [new RingSink(memory), new LogReader(memory)];
  const story = new LogStory(log, { asked: () => {}, completed: () => {} });
  const tools = { log, story, unpacking: nodeUnpacking, later: eventLoop.later, reserve: 2048 };
  const unpacked = new UnpackedLog(tools);
  reader.open(1);
  log.begin(1);
  const fields = Buffer.from('Content-Encoding: gzip\r\n');
  const framing = { contentLength: -1, chunked: true, hasBody: true, keepAlive: true };
  unpacked.head({ statusCode: 200, versionMinor: 1, ...framing, fields });
  const packed = gzipSync('hello');
  unpacked.body(packed, 0, packed.length);
  const trailers = Buffer.from('Trailing: field\r\n');
  unpacked.trailers(trailers);
  trailers.fill('x');
  unpacked.complete(true);

  const seen = new Map<number, string>();
  while (!seen.has(RecordType.END)) {
    const type = reader.peek();
    if (type === RecordType.NONE) await new Promise((resolve) => setImmediate(resolve));
    else seen.set(type, Buffer.from(reader.payload()).toString());
    if (type !== RecordType.NONE) reader.next();
  }
  expect(seen.get(RecordType.BODY)).toBe('hello');
  expect(seen.get(RecordType.TRAILERS)).toBe('Trailing: field\r\n');
});
