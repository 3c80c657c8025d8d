import { randomFillSync } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpackNow } from '../../../../src/worker/node/unpack/unpack-now.ts';

test('a turn of the event loop unpacks for some milliseconds at the most', async () => {
  const packed = gzipSync(randomFillSync(Buffer.alloc(40_000)));
  const now = (): boolean => unpackNow(packed, ['gzip'], 2 ** 19) !== null;
  let count = 0;
  while (count < 10_000 && now()) count += 1;
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(10_000);
  await turn();
  await turn();
  expect(now()).toBe(true);
});

test('several codings are never undone at once', () => {
  expect(unpackNow(gzipSync(gzipSync('x')), ['gzip', 'gzip'], 1000)).toBeNull();
});
