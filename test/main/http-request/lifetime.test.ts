import { HTTPRequest, Method, Result, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { turn } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { heardBy } from '../../support/requests.ts';
import { runScript } from '../../support/run-script.ts';
import { test } from '../../support/servers.ts';

test('ten thousand at once: all are told; those that were dropped are collected then', {
  timeout: 90_000,
}, async ({ servers }) => {
  const { port } = await servers.http();
  const run = await runScript('test/support/scripts/ten-thousand.mjs', {
    args: [String(port)],
    nodeArgs: ['--expose-gc'],
    deadline: 80_000,
  });
  expect(run.stderr).toBe('');
  const { idle, waiting, left, ...rest } = JSON.parse(run.stdout);
  expect(rest).toEqual({ told: 10_000, right: 10_000, gone: 5000 });
  expect(idle).toBeLessThan(1024);
  expect(waiting).toBeLessThan(4096);
  expect(left).toBeLessThan(4 * 2 ** 20);
});

describe('a loop that never yields', () => {
  test('requests and polls, and gets the bodies', async ({ servers }) => {
    const server = await servers.http();
    const all = [0, 1, 100_000, 20_000_000].map((size) => ({ size, http: new HTTPRequest() }));
    for (let round = 0; round < 3; round++) {
      const told: number[] = [];
      for (const { size, http } of all) {
        const body = (_result: Result, _code: number, _headers: string[], bytes: Uint8Array): void => {
          checkPattern(bytes);
          told.push(bytes.length);
        };
        http.requestCompleted.connect(body, 4);
        http.request(server.url(`/bytes/${size}`));
      }
      for (const end = performance.now() + PATIENCE; told.length < all.length && performance.now() < end; )
        if (round === 0) tick();
        else for (const { http } of all) http.poll();
      expect(told.sort((a, b) => a - b)).toEqual(all.map(({ size }) => size));
    }
  });

  test('the same in blocking mode, with progress in between where its sleep ends early', async ({
    servers,
  }) => {
    const server = await servers.http();
    const http = new HTTPRequest({ timeouts: { blocking: 5 } });
    http.blockingModeEnabled = true;
    const heard = heardBy(http);
    http.request(server.url('/echo'), [], Method.POST, 'x'.repeat(10_000_000));
    for (const end = performance.now() + PATIENCE; heard.length === 0 && performance.now() < end; )
      http.poll();
    expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
    expect(heard[0]?.body).toHaveLength(10_000_000);
  });

  test('what another one has awaited before is told there, too', async ({ servers }) => {
    const server = await servers.http();
    const [awaited, polled] = [new HTTPRequest(), new HTTPRequest()];
    for (let round = 0; round < 30; round++) {
      awaited.request(server.url('/bytes/10'));
      polled.request(server.url(`/bytes/${100 + round}`));
      // While one is awaited messages come by themselves; from then on they wait for a look.
      const result = await awaited.completed();
      expect(result.body).toHaveLength(10);
      for (let turns = round % 5; turns > 0; turns--) await turn();
      for (const end = performance.now() + PATIENCE; polled.isBusy() && performance.now() < end; )
        polled.poll();
      expect((await polled.completed()).body).toHaveLength(100 + round);
    }
  });
});

describe('completed()', () => {
  test('of one that is under way is one promise, for all who ask', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.request(server.url('/bytes/3'));
    const promise = http.completed();
    expect(http.completed()).toBe(promise);
    const result = await promise;
    expect(await http.completed()).toBe(result);
    http.request(server.url('/bytes/4'));
    expect((await http.completed()).body).toHaveLength(4);
    expect(result.body).toHaveLength(3);
  });

  test('settles also if tick() or poll() has found the end', async ({ servers }) => {
    const server = await servers.http();
    for (const look of [(http: HTTPRequest) => http.poll(), tick]) {
      const http = new HTTPRequest();
      const heard = heardBy(http);
      http.request(server.url('/bytes/3'));
      const promise = http.completed();
      while (http.isBusy()) look(http);
      expect(heard).toHaveLength(1);
      expect((await promise).body).toHaveLength(3);
    }
  });

  test('settles with CANCELLED, and with the next request has nothing to do', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.request(server.url('/hang'));
    const promise = http.completed();
    http.cancelRequest();
    http.request(server.url('/bytes/3'));
    const next = http.completed();
    expect(next).not.toBe(promise);
    expect(await promise).toMatchObject({ result: Result.REQUEST_FAILED, failure: { code: 'CANCELLED' } });
    expect((await next).body).toHaveLength(3);
  });

  test('is idle when it settles: request() may follow', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const heard = heardBy(http);
    for (let size = 0; size < 20; size++) {
      http.request(server.url(`/bytes/${size}`));
      const { body } = await http.completed();
      expect([http.isBusy(), body.length]).toEqual([false, size]);
    }
    // Each next request has come before the signal of the one before.
    tick();
    expect(heard.map(({ body }) => body.length)).toEqual([19]);
  });

  test('without a thread that answers settles, though nobody polls', async ({ servers }) => {
    const server = await servers.http();
    await using pool = new WorkerPool({ threads: 1 });
    const all = Array.from({ length: 50 }, () => new HTTPRequest({ pool }));
    for (const http of all) http.request(server.url('/hang'));
    const promises = all.map((http) => http.completed());
    await pool.close();
    const results = await Promise.all(promises);
    expect(new Set(results.map(({ failure }) => failure?.code))).toEqual(new Set(['POOL_CLOSED']));
  });
});
