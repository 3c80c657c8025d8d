import { expect } from 'vitest';
import { test } from '../support/folder.ts';
import { runScript } from '../support/run-script.ts';

const SLOW_WRITES = new URL('scripts/slow-writes.mjs', import.meta.url).href;

const IDLE = { body: false, busy: false };

test('while the disk is slow, progress moves with the wire, and nobody waits for it', {
  timeout: 100_000,
}, async ({ servers, folder }) => {
  const server = await servers.http();
  const run = await runScript('test/programs/scripts/slow-disk.mjs', {
    args: [server.url(''), folder.at('file')],
    workerPreload: SLOW_WRITES,
    deadline: 90_000,
  });
  expect(run.stderr).toBe('');
  const { moving, written, held, complete, waiting, next, closed } = JSON.parse(run.stdout);

  const { progress, ...rest } = moving;
  const [names, sizes] = [['file.part'], [0]];
  expect(rest).toEqual({ names, sizes, body: true, busy: true, downloaded: 280_000, size: -1 });
  // What has come of a line may be told before the rest of it.
  expect(progress).toEqual(expect.arrayContaining([1, 2, 3, 4].map((lines) => [lines * 70_000, -1])));
  expect(written).toMatchObject({ names: ['file'], sizes: [280_000], downloaded: 280_000, ...IDLE });

  // The server is held back meanwhile.
  const { again, ...once } = held;
  expect(once).toEqual(again);
  expect(once).toMatchObject({ names: ['file', 'file.part'], sizes: [280_000, 0], body: true, busy: true });
  expect(once.downloaded).toBeLessThan(3_000_000);
  expect(complete).toMatchObject({ names: ['file'], sizes: [30_000_000], downloaded: 30_000_000, ...IDLE });

  expect(waiting).toMatchObject({ downloaded: 0, size: -1, body: false, busy: true });
  expect(next).toMatchObject({ names: ['file'], sizes: [5], downloaded: 5, ...IDLE });
  expect(closed).toMatchObject({ names: ['file'], sizes: [5], code: 'POOL_CLOSED', ...IDLE });
  expect(run.code).toBe(0);
});
