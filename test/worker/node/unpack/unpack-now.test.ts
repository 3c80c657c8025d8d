import { randomFillSync } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { unpackNow } from '../../../../src/worker/node/unpack/unpack-now.ts';

test('a turn of the event loop unpacks for some milliseconds at the most', async () => {
  // A clock that goes on at each look: what this thread waits for a processor does not count.
  let time = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 0.05));
  onTestFinished(() => clock.mockRestore());
  const packed = gzipSync(randomFillSync(Buffer.alloc(40_000)));
  const now = (): boolean => unpackNow(packed, ['gzip'], 2 ** 19) !== null;
  let count = 0;
  while (count < 10_000 && now()) count += 1;
  // Two milliseconds, and the one that was begun in time.
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThanOrEqual(2 / 0.05 + 1);
  await turn();
  await turn();
  expect(now()).toBe(true);
});

test('several codings are never undone at once', () => {
  expect(unpackNow(gzipSync(gzipSync('x')), ['gzip', 'gzip'], 1000)).toBeNull();
});
