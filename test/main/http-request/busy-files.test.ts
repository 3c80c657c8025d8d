import { relative } from 'node:path';
import { ErrorCode, HTTPRequest, Result, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { busyFiles } from '../../../src/main/http-request/busy-files.ts';
import { turn } from '../../support/client.ts';
import { eventually } from '../../support/eventually.ts';
import { test as base, blockUntil, type Folder, hangDisk } from '../../support/folder.ts';
import { heardBy, tickUntil } from '../../support/requests.ts';
import type { Step } from '../../support/servers.ts';
import { start } from '../../support/whole.ts';

const { OK, ERR_FILE_ALREADY_IN_USE } = ErrorCode;

const HEAD: Step = { expectHead: true };
const BEGUN = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234';
/** The body stops in the middle; on all other connections it is another one. */
const STOPS: Step[][] = [
  [HEAD, { send: BEGUN }, { waitFor: 'rest' }, { send: '56789' }],
  [HEAD, { send: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew' }],
];

const BEGUN_ONLY: Step[] = [HEAD, { send: BEGUN }, { hold: true }];
const NEW_LATER: Step[] = [
  HEAD,
  { waitFor: 'new' },
  { send: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew' },
];

const test = base.extend<{ pools: [WorkerPool, WorkerPool] }>({
  pools: async ({ task: _task }, use) => {
    const pools: [WorkerPool, WorkerPool] = [new WorkerPool({ threads: 2 }), new WorkerPool({ threads: 2 })];
    await use(pools);
    await Promise.all(pools.map((pool) => pool.close()));
    expect(busyFiles.size).toBe(0);
  },
});

const into = (downloadFile: string, pool: WorkerPool): HTTPRequest => {
  const http = new HTTPRequest({ pool });
  http.downloadFile = downloadFile;
  return http;
};

/** A download whose part is there. */
function begun(url: string, folder: Folder, pool: WorkerPool, timeout = 0): HTTPRequest {
  const http = start(url, { downloadFile: folder.at('file'), timeout, options: { pool } });
  blockUntil(() => folder.sizeOf('file.part') >= 0);
  return http;
}

describe('while a request downloads into a file, another one for it is ERR_FILE_ALREADY_IN_USE', () => {
  test.for<[string, 0 | 1, (path: string) => string]>([
    ['of one pool', 0, (path) => path],
    ['of two pools', 1, (path) => path],
    ['by a relative path', 0, (path) => relative(process.cwd(), path)],
    ['of two pools, by another way', 1, (path) => `${path}/../x/.././file`],
  ])('%s, and the first is not disturbed', async ([, index, pathOf], { servers, folder, pools }) => {
    const server = await servers.raw(STOPS);
    const first = begun(server.url(), folder, pools[0]);
    const second = into(pathOf(folder.at('file')), pools[index]);
    const heard = heardBy(second);
    for (let times = 0; times < 3; times++)
      expect(second.request(server.url())).toBe(ERR_FILE_ALREADY_IN_USE);
    expect(second.isBusy()).toBe(false);
    const failure = second.getLastError();
    expect(failure).toMatchObject({ phase: 'argument', code: 'FILE_ALREADY_IN_USE', request: null });
    expect(failure?.message).toContain(folder.at('file'));
    expect(await second.completed()).toMatchObject({ result: Result.REQUEST_FAILED, ok: false, failure });

    server.release('rest');
    expect(await first.completed()).toMatchObject({ result: Result.SUCCESS, ok: true });
    expect([folder.names, folder.text('file')]).toEqual([['file'], '0123456789']);
    for (let turns = 0; turns < 3; turns++, await turn()) tick();
    expect([heard, server.counts.requests]).toEqual([[], 1]);

    expect(second.request(server.url())).toBe(OK);
    expect((await second.completed()).result).toBe(Result.SUCCESS);
    expect(folder.text('file')).toBe('new');
  });

  test('also before the first has begun', async ({ servers, folder, pools }) => {
    const send = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n01234';
    const server = await servers.raw([HEAD, { waitFor: 'go' }, { send }]);
    const [first, second] = [into(folder.at('file'), pools[0]), into(folder.at('file'), pools[1])];
    expect(first.request(server.url())).toBe(OK);
    expect(second.request(server.url())).toBe(ERR_FILE_ALREADY_IN_USE);
    server.release('go');
    expect((await first.completed()).ok).toBe(true);
    expect(folder.sizeOf('file')).toBe(5);
  });

  test('but not for one beside it', async ({ servers, folder, pools }) => {
    const server = await servers.raw(STOPS);
    const first = begun(server.url(), folder, pools[0]);
    const second = into(folder.at('file2'), pools[0]);
    expect(second.request(server.url())).toBe(OK);
    expect((await second.completed()).ok).toBe(true);
    server.release('rest');
    expect((await first.completed()).ok).toBe(true);
    expect(folder.names).toEqual(['file', 'file2']);
  });

  test('what is complete, and not looked at yet, is in nobody’s way', async ({ servers, folder, pools }) => {
    const server = await servers.http();
    const [first, second] = [into(folder.at('file'), pools[0]), into(folder.at('file'), pools[1])];
    first.request(server.url('/bytes/5'));
    blockUntil(() => folder.sizeOf('file') === 5 && second.request(server.url('/bytes/6')) === OK);
    expect(first.isBusy()).toBe(false);
    expect((await second.completed()).ok).toBe(true);
    expect(folder.sizeOf('file')).toBe(6);
  });
});

describe('after cancelRequest()', () => {
  test('the next request for the path is taken at once, and makes the right file', async ({
    servers,
    folder,
    pools: [pool],
  }) => {
    const server = await servers.raw([BEGUN_ONLY, NEW_LATER]);
    const first = begun(server.url(), folder, pool);
    first.cancelRequest();
    const second = into(folder.at('file'), pool);
    expect([second.request(server.url()), first.request(server.url())]).toEqual([
      OK,
      ERR_FILE_ALREADY_IN_USE,
    ]);
    server.release('new');
    expect(await second.completed()).toMatchObject({ result: Result.SUCCESS, ok: true });
    expect([folder.names, folder.text('file')]).toEqual([['file'], 'new']);
  });

  test('again and again', async ({ servers, folder, pools: [pool] }) => {
    const server = await servers.http();
    const http = into(folder.at('file'), pool);
    for (let round = 0; round < 100; round++) {
      expect(http.request(server.url(`/bytes/${100_000 + round}`))).toBe(OK);
      for (let turns = round % 7; turns > 0; turns--) await turn();
      http.cancelRequest();
    }
    expect(http.request(server.url('/bytes/5'))).toBe(OK);
    expect((await http.completed()).ok).toBe(true);
    expect([folder.names, folder.sizeOf('file')]).toEqual([['file'], 5]);
  });

  test('the next one goes to the thread of the first, though another has less to do', async ({
    servers,
    folder,
    pools: [pool],
  }) => {
    const server = await servers.http();
    const first = into(folder.at('file'), pool);
    const [other, third] = [into('', pool), into('', pool)];
    // By turns on the two threads.
    for (const http of [first, other, third]) http.request(server.url('/hang'));
    for (const http of [first, other]) http.cancelRequest();
    expect(first.request(server.url('/hang'))).toBe(OK);
    await eventually(async () => {
      const { threads } = await pool.stats();
      expect(threads.map(({ connections }) => connections).sort()).toEqual([0, 2]);
    });
    first.cancelRequest();
    third.cancelRequest();
  });
});

describe.skipIf(process.platform === 'win32')('where the disk hangs', () => {
  test('after cancelRequest() a path is in use for another pool, until the first has let go', async ({
    servers,
    folder,
    pools,
  }) => {
    const server = await servers.raw(STOPS);
    const first = begun(server.url(), folder, pools[0]);
    const second = into(folder.at('file'), pools[1]);
    const release = hangDisk(folder);
    first.cancelRequest();
    expect(second.request(server.url())).toBe(ERR_FILE_ALREADY_IN_USE);
    release();
    blockUntil(() => second.request(server.url()) === OK);
    expect((await second.completed()).ok).toBe(true);
    expect([folder.names, folder.text('file')]).toEqual([['file'], 'new']);
  });

  test('what has failed is told, and its path stays with its thread', async ({ servers, folder, pools }) => {
    const server = await servers.raw(STOPS);
    await pools[0].ready();
    const first = begun(server.url(), folder, pools[0], 3);
    const release = hangDisk(folder);
    expect((await first.completed()).result).toBe(Result.TIMEOUT);
    const [elsewhere, second] = [into(folder.at('file'), pools[1]), into(folder.at('file'), pools[0])];
    expect(elsewhere.request(server.url())).toBe(ERR_FILE_ALREADY_IN_USE);
    expect(second.request(server.url())).toBe(OK);
    release();
    expect((await second.completed()).ok).toBe(true);
    expect([folder.names, folder.text('file')]).toEqual([['file'], 'new']);
  });
});

describe('a path is free', () => {
  test.for<[string, string, number]>([
    ['after a failure', '/bytes/100000', Result.DOWNLOAD_FILE_CANT_OPEN],
    ['after a timeout', '/hang', Result.TIMEOUT],
    ['after an answer that is no file', '/status/404', Result.SUCCESS],
  ])('%s', async ([, path, result], { servers, folder, pools }) => {
    const server = await servers.http();
    const name = result === Result.DOWNLOAD_FILE_CANT_OPEN ? 'missing/file' : 'file';
    const [first, second] = [into(folder.at(name), pools[0]), into(folder.at(name), pools[1])];
    first.timeout = result === Result.TIMEOUT ? 0.5 : 0;
    expect(first.request(server.url(path))).toBe(OK);
    expect((await first.completed()).result).toBe(result);
    expect([busyFiles.size, second.request(server.url('/bytes/5'))]).toEqual([0, OK]);
    await second.completed();
  });

  test.for([
    ['after pool.close()', false],
    ['after cancelRequest() and pool.close()', true],
  ] as const)('%s', async ([, cancelled], { servers, folder, pools }) => {
    const server = await servers.raw(STOPS);
    const first = begun(server.url(), folder, pools[0]);
    const second = into(folder.at('file'), pools[1]);
    if (cancelled) first.cancelRequest();
    await pools[0].close();
    expect([busyFiles.size, second.request(server.url())]).toEqual([0, OK]);
    expect((await second.completed()).ok).toBe(true);
    expect([folder.names, folder.text('file')]).toEqual([['file'], 'new']);
  });

  test('after a refusal', async ({ folder, pools: [pool] }) => {
    const http = into(folder.at('file'), pool);
    expect(http.request('http://a/ ')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(busyFiles.size).toBe(0);
  });
});

test('nothing is left of a thousand downloads', async ({ servers, folder, pools }) => {
  const server = await servers.http();
  const all = Array.from({ length: 1000 }, (_none, index) => {
    const http = into(folder.at(`${index}`), pools[index % 2] ?? pools[0]);
    expect(http.request(server.url(index % 10 === 3 ? '/status/404' : `/bytes/${index}`))).toBe(OK);
    return http;
  });
  expect(busyFiles.size).toBeGreaterThan(0);
  const cancelled = all.filter((http) => http.isBusy()).slice(-100);
  for (const http of cancelled) http.cancelRequest();
  await tickUntil(() => busyFiles.size === 0);
  for (const [index, http] of all.entries()) {
    expect(http.isBusy()).toBe(false);
    const size = index % 10 === 3 ? -1 : index;
    // One that was cancelled may have been complete before the thread heard of it.
    const sizes = cancelled.includes(http) ? [-1, size] : [size];
    expect(sizes, `${index}`).toContain(folder.sizeOf(`${index}`));
  }
  expect(folder.names.filter((name) => name.includes('.part'))).toEqual([]);
});
