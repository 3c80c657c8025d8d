import { ErrorCode, HTTPRequest, Method, Result, Status, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { turn } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { heardBy, tickUntil } from '../../support/requests.ts';
import { test } from '../../support/servers.ts';

describe('a request', () => {
  test('is told by its signal, in tick(), once', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const heard = heardBy(http);
    expect([http.isBusy(), http.getHttpClientStatus(), http.poll()]).toEqual([
      false,
      Status.DISCONNECTED,
      ErrorCode.ERR_UNCONFIGURED,
    ]);
    expect(http.request(server.url('/bytes/100000'))).toBe(ErrorCode.OK);
    expect([http.isBusy(), http.getHttpClientStatus() !== Status.DISCONNECTED]).toEqual([true, true]);
    expect(heard).toEqual([]);
    await tickUntil(() => heard.length > 0);
    const [{ result, code, headers, body } = { body: new Uint8Array(0) }] = heard;
    expect([result, code]).toEqual([Result.SUCCESS, 200]);
    expect(headers).toContain('Content-Length: 100000');
    checkPattern(body);
    expect(body).toHaveLength(100_000);
    expect([http.isBusy(), http.getHttpClientStatus(), http.getLastError()]).toEqual([
      false,
      Status.DISCONNECTED,
      null,
    ]);
    expect([http.getDownloadedBytes(), http.getBodySize()]).toEqual([100_000, 100_000]);
    for (let more = 0; more < 3; more++) tick();
    expect(http.poll()).toBe(ErrorCode.OK);
    expect(heard).toHaveLength(1);
  });

  test('is CONNECTING while it has no connection', async ({ servers }) => {
    const { host, port } = await servers.silent({ full: true });
    const http = new HTTPRequest();
    http.request(`http://${host}:${port}/`);
    for (let turns = 0; turns < 100; turns++, await turn())
      expect([http.poll(), http.getHttpClientStatus()]).toEqual([ErrorCode.OK, Status.CONNECTING]);
    http.cancelRequest();
  });

  test('has the fields of the answer as UTF-8, where they are, else as Latin-1', async ({ servers }) => {
    const head = 'HTTP/1.1 200 OK\r\nA: gr\xc3\xbc\xc3\x9fe\r\nB: caf\xe9\r\nContent-Length: 0\r\n\r\n';
    const send = Buffer.from(head, 'latin1');
    const server = await servers.raw([{ expectHead: true }, { send }, { hold: true }]);
    const http = new HTTPRequest();
    http.request(server.url('/'));
    expect((await http.completed()).headers).toEqual(['A: grüße', 'B: café', 'Content-Length: 0']);
  });

  test('is told by poll(), too', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const heard = heardBy(http);
    http.request(server.url('/chunked/50000?chunk=1000'));
    for (
      const end = performance.now() + PATIENCE;
      heard.length === 0 && performance.now() < end;
      await turn()
    ) {
      http.poll();
    }
    expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
    expect([http.getDownloadedBytes(), http.getBodySize()]).toEqual([50_000, -1]);
  });

  test('can be awaited without a tick; its signal follows', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    expect(() => http.completed()).toThrow('completed() was called before the first request()');
    http.request(server.url('/echo'), ['X: y'], Method.POST, 'hällo');
    const result = await http.completed();
    expect(result).toMatchObject({ result: Result.SUCCESS, ok: true, responseCode: 200, failure: null });
    expect([result.text(), result.url, http.isBusy()]).toEqual(['hällo', server.url('/echo'), false]);
    expect(await http.completed()).toBe(result);
    const heard = heardBy(http);
    http.poll();
    expect(heard).toHaveLength(1);
  });

  test('in blocking mode is complete after one poll()', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.blockingModeEnabled = true;
    const heard = heardBy(http);
    for (const size of [0, 1, 3_000_000]) {
      expect(http.request(server.url(`/bytes/${size}`))).toBe(ErrorCode.OK);
      expect(http.poll()).toBe(ErrorCode.OK);
      expect(heard.pop()?.body).toHaveLength(size);
    }
    http.blockingModeEnabled = false;
  });

  test('in blocking mode sleeps no longer than timeouts.blocking', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest({ timeouts: { blocking: 50 } });
    http.blockingModeEnabled = true;
    http.request(server.url('/hang'));
    const end = performance.now() + PATIENCE;
    while (http.getHttpClientStatus() !== Status.REQUESTING && performance.now() < end)
      expect(http.poll()).toBe(ErrorCode.OK);
    expect(http.poll()).toBe(ErrorCode.OK);
    expect([http.isBusy(), http.getHttpClientStatus()]).toEqual([true, Status.REQUESTING]);
    http.cancelRequest();
  });

  test('while one is under way is ERR_BUSY, and the first goes on', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.request(server.url('/status/201'));
    expect(http.request(server.url('/status/202'))).toBe(ErrorCode.ERR_BUSY);
    expect(http.request('ftp://x')).toBe(ErrorCode.ERR_BUSY);
    expect(() => {
      http.bodySizeLimit = 1;
    }).toThrow('bodySizeLimit');
    expect((await http.completed()).responseCode).toBe(201);
  });

  test('can be made from the handler of the last one', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const codes: number[] = [];
    http.requestCompleted.connect((_result, code) => {
      codes.push(code);
      if (code < 204) expect(http.request(server.url(`/status/${code + 1}`))).toBe(ErrorCode.OK);
    });
    http.request(server.url('/status/200'));
    await tickUntil(() => codes.length === 5);
    expect(codes).toEqual([200, 201, 202, 203, 204]);
    expect(server.counts.connections).toBe(1);
  });

  test('takes a head as large as its limit allows', async ({ servers }) => {
    const value = 'x'.repeat(4_500_000);
    const send = `HTTP/1.1 200 OK\r\nX: ${value}\r\nContent-Length: 2\r\n\r\nok`;
    const server = await servers.raw([{ expectHead: true }, { send }]);
    const http = new HTTPRequest({ limits: { headSize: 2 ** 24 } });
    http.request(server.url('/'));
    const result = await http.completed();
    expect([result.failure?.message, result.text()]).toEqual([undefined, 'ok']);
    expect(result.getHeader('X')).toHaveLength(value.length);
  });

  test('tells its progress, at most once a tick, and its end behind that', async ({ servers }) => {
    const server = await servers.raw([
      { expectHead: true },
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345' },
      { waitFor: 'more' },
      { send: '67890' },
      { hold: true },
    ]);
    const http = new HTTPRequest();
    const told: unknown[] = [];
    http.progress.connect((...numbers) => told.push(numbers));
    http.requestCompleted.connect((result) => told.push(result));
    http.request(server.url('/'));
    await tickUntil(() => told.length > 0);
    expect([http.getDownloadedBytes(), http.getHttpClientStatus()]).toEqual([5, Status.BODY]);
    tick();
    expect(told).toEqual([[5, 10]]);
    server.release('more');
    await tickUntil(() => told.length > 2);
    expect(told).toEqual([[5, 10], [10, 10], Result.SUCCESS]);
  });
});

describe('a signal is not lost', () => {
  test('to another request of the same object, when a third one has found the end of the first', async ({
    servers,
  }) => {
    const server = await servers.http();
    const [http, other] = [new HTTPRequest(), new HTTPRequest()];
    const heard = heardBy(http);
    http.request(server.url('/bytes/10'));
    other.request(server.url('/bytes/10'));
    await other.completed();
    for (; http.isBusy(); await turn()) other.poll();
    expect([http.request(server.url('/bytes/20')), heard]).toEqual([ErrorCode.OK, []]);
    for (; http.isBusy(); await turn()) other.poll();
    http.request(server.url('/hang'));
    tick();
    expect(heard.map(({ body }) => body.length)).toEqual([10, 20]);
    expect(http.isBusy()).toBe(true);
    http.cancelRequest();
  });

  test('to a request() that is refused', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const heard = heardBy(http);
    http.request(server.url('/bytes/10'));
    await http.completed();
    expect(http.request('no url')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(http.getLastError()).toMatchObject({ code: 'INVALID_URL' });
    tick();
    expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
  });
});

describe('cancelRequest()', () => {
  test('tells how far the request had come', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.request(server.url('/hang'));
    server.blockUntil('the request', ({ requests }) => requests === 1);
    http.cancelRequest();
    expect((await http.completed()).failure).toMatchObject({ code: 'CANCELLED', request: 'unanswered' });
  });

  test('ends it at once, without a signal, and the next request is not touched', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const heard = heardBy(http);
    for (let round = 0; round < 50; round++) {
      http.request(server.url(round % 2 === 0 ? '/hang' : '/bytes/100000'));
      for (let turns = round % 7; turns > 0; turns--) await turn();
      http.cancelRequest();
      expect([http.isBusy(), http.getHttpClientStatus()]).toEqual([false, Status.DISCONNECTED]);
      expect(await http.completed()).toMatchObject({
        result: Result.REQUEST_FAILED,
        failure: { code: 'CANCELLED' },
      });
      tick();
    }
    expect(heard).toEqual([]);
    http.request(server.url('/bytes/7'));
    await tickUntil(() => heard.length > 0);
    expect(heard[0]?.body).toHaveLength(7);
    expect(http.getDownloadedBytes()).toBe(7);
  });

  test('also of one that is complete, and not told', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const heard = heardBy(http);
    http.request(server.url('/bytes/10'));
    await http.completed();
    http.cancelRequest();
    tick();
    http.poll();
    expect(heard).toEqual([]);
  });
});

test('with the caller blocked from request() on, three redirects and the body are taken', async ({
  servers,
}) => {
  const server = await servers.http();
  const to = (url: string) => `/redirect/302?to=${encodeURIComponent(url)}`;
  const http = new HTTPRequest();
  http.request(server.url(to(to(to('/bytes/3000000')))));
  server.blockUntil('all of it', ({ requests, sent }) => requests === 4 && sent > 3_000_000);
  const heard = heardBy(http);
  http.blockingModeEnabled = true;
  http.poll();
  expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
  expect(heard[0]?.body).toHaveLength(3_000_000);
  expect(server.counts.connections).toBe(1);
});

test('many at once, over few connections', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 2 });
  const server = await servers.http();
  const all = Array.from({ length: 1000 }, () => new HTTPRequest({ pool }));
  for (const [index, http] of all.entries()) http.request(server.url(`/bytes/${index}`));
  const results = await Promise.all(all.map((http) => http.completed()));
  expect(results.map(({ body }) => body.length)).toEqual(all.map((_http, index) => index));
  expect(server.counts).toMatchObject({ connections: 6, requests: 1000 });
});

test('one that the program has dropped signals all the same', async ({ servers }) => {
  const server = await servers.http();
  let heard = 0;
  const start = () => {
    const http = new HTTPRequest();
    http.requestCompleted.connect(() => {
      heard += 1;
    });
    http.request(server.url('/bytes/10'));
  };
  for (let count = 0; count < 20; count++) start();
  Reflect.get(globalThis, 'gc')?.();
  await tickUntil(() => heard === 20);
});
