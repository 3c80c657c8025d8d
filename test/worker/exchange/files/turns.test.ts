import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import { PathLocks } from '../../../../src/worker/exchange/files/path-locks.ts';
import { eventually } from '../../../support/eventually.ts';
import type { Step } from '../../../support/servers.ts';
import { test } from './downloader.ts';

const HEAD: Step = { expectHead: true };
const BEGUN: Step[] = [
  HEAD,
  { send: 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n' },
  { send: 'x'.repeat(70_000) },
];
const HANGS: Step[] = [...BEGUN, { hold: true }];
const NEW: Step[] = [HEAD, { send: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew' }];

describe('of the downloads of a thread one at a time uses a path', () => {
  test('the next one waits until the one before is complete', async ({ servers, downloader }) => {
    const rest: Step[] = [{ waitFor: 'rest' }, { send: 'x'.repeat(30_000) }];
    const server = await servers.raw([...BEGUN, ...rest, ...NEW]);
    const downloads = [downloader.start(server.url()), downloader.start(server.url())];
    await eventually(() => expect(downloader.sizeOf('file.part')).toBeGreaterThan(0));
    expect(server.counts.requests).toBe(1);
    server.release('rest');
    const results = await Promise.all(downloads.map(({ completed }) => completed));
    expect(results.map(({ result }) => result)).toEqual([Result.SUCCESS, Result.SUCCESS]);
    expect(downloader.text()).toBe('new');
  });

  test('a cancelled one has let go when it is answered, and the next one goes on', async ({
    servers,
    downloader,
  }) => {
    const server = await servers.raw([HANGS, NEW]);
    const first = downloader.start(server.url());
    await eventually(() => expect(downloader.sizeOf('file.part')).toBeGreaterThan(0));
    first.cancel();
    const next = downloader.start(server.url());
    const names = first.completed.then(() => downloader.names);
    expect((await first.completed).result).toBe(Result.REQUEST_FAILED);
    expect(await names).toEqual([]);
    expect((await next.completed).result).toBe(Result.SUCCESS);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.text()).toBe('new');
  });

  test('cancelled again and again, at once', async ({ servers, downloader }) => {
    const server = await servers.http();
    const url = server.url('/bytes/300000');
    const cancelled = Array.from({ length: 50 }, () => {
      const download = downloader.start(url);
      download.cancel();
      return download;
    });
    const last = downloader.start(url);
    expect((await last.completed).result).toBe(Result.SUCCESS);
    for (const { completed } of cancelled) expect((await completed).result).toBe(Result.REQUEST_FAILED);
    expect(downloader.names).toEqual(['file']);
    expect(downloader.sizeOf('file')).toBe(300_000);
  });

  test('cancelled at any moment of a download, nothing but a whole file is left', async ({
    servers,
    downloader,
  }) => {
    const server = await servers.http();
    for (let turns = 0; turns < 40; turns++) {
      const download = downloader.start(server.url('/bytes/300000'));
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      download.cancel();
      await download.completed;
      const size = downloader.sizeOf('file');
      expect([downloader.names, size]).toEqual(size < 0 ? [[], -1] : [['file'], 300_000]);
    }
  });

  test('one that waits can be cancelled, and its time runs', async ({ servers, downloader }) => {
    const server = await servers.raw([HANGS, NEW]);
    const first = downloader.start(server.url());
    await eventually(() => expect(downloader.sizeOf('file.part')).toBeGreaterThan(0));
    const second = downloader.start(server.url());
    const third = downloader.start(server.url(), { timeout: 50 });
    const last = downloader.start(server.url());
    expect((await third.completed).result).toBe(Result.TIMEOUT);
    second.cancel();
    expect((await second.completed).result).toBe(Result.REQUEST_FAILED);
    first.cancel();
    expect((await last.completed).result).toBe(Result.SUCCESS);
    expect(server.counts.requests).toBe(2);
  });

  test('but others use other paths', async ({ servers, downloader }) => {
    const server = await servers.raw([HANGS, NEW]);
    const first = downloader.start(server.url());
    await eventually(() => expect(downloader.sizeOf('file.part')).toBeGreaterThan(0));
    const path = join(downloader.folder, 'other');
    expect((await downloader.fetch(server.url(), { path })).result).toBe(Result.SUCCESS);
    first.cancel();
    await first.completed;
  });
});

test('a timeout leaves no part, and is told when that is gone', async ({ servers, downloader }) => {
  const server = await servers.raw(HANGS);
  const { result } = await downloader.fetch(server.url(), { timeout: 300 });
  expect(result).toBe(Result.TIMEOUT);
  expect(downloader.names).toEqual([]);
});

test.for([false, true])(
  'where the session ends, parts are deleted at once; kept: %s',
  async (keepPartial, { servers, downloader }) => {
    const server = await servers.raw(HANGS);
    downloader.start(server.url(), { keepPartial });
    await eventually(() => expect(downloader.sizeOf('file.part')).toBeGreaterThan(0));
    downloader.session.end();
    expect(readdirSync(downloader.folder)).toEqual(keepPartial ? ['file.part'] : []);
  },
);

test('who releases a path that it has not had takes it from nobody', () => {
  const locks = new PathLocks();
  const turns: string[] = [];
  const [one, two, three] = ['one', 'two', 'three'].map((name) => ({ onTurn: () => void turns.push(name) }));
  if (!one || !two || !three) throw new Error('there are three');
  locks.release('path', one);
  for (const user of [one, two, three]) locks.take('path', user);
  locks.release('path', two);
  expect(turns).toEqual(['one']);
  locks.release('path', one);
  expect(turns).toEqual(['one', 'three']);
  locks.release('path', three);
  locks.take('path', two);
  expect(turns).toEqual(['one', 'three', 'two']);
});
