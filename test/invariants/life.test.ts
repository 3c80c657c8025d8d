import { ErrorCode, HTTPClient, HTTPRequest, Method, Result, Status, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, readBody, settled, text, turn } from '../support/client.ts';
import { unlessHeldUp } from '../support/held-up.ts';
import { heardBy, tickUntil } from '../support/requests.ts';
import { runScript } from '../support/run-script.ts';
import { type Servers, test } from '../support/servers.ts';

/** A client in each status that lasts, by name. */
const STATUSES = [
  'RESOLVING',
  'CONNECTING',
  'CONNECTED',
  'REQUESTING',
  'BODY',
  'CANT_CONNECT',
  'DISCONNECTED',
] as const;

async function clientIn(status: (typeof STATUSES)[number], servers: Servers): Promise<HTTPClient> {
  const server = await servers.http();
  const http = new HTTPClient();
  if (status === 'RESOLVING') http.connectToHost('localhost', server.port);
  if (status === 'CONNECTING') http.connectToHost('127.0.0.1', server.port);
  if (status === 'CANT_CONNECT') http.connectToHost('127.0.0.1', await servers.refusedPort());
  if (status === 'CANT_CONNECT') await settled(http);
  if (status === 'CONNECTED' || status === 'REQUESTING' || status === 'BODY') {
    http.connectToHost('127.0.0.1', server.port);
    await settled(http);
    if (status !== 'CONNECTED') http.request(Method.GET, status === 'BODY' ? '/bytes/90000000' : '/hang', []);
    if (status === 'BODY') await settled(http);
    if (status === 'BODY')
      await pollUntil(http, 'a piece of it', () => http.borrowResponseBodyChunk().length > 0);
  }
  expect(http.getStatus()).toBe(Status[status]);
  return http;
}

describe('6. close() and cancelRequest() return at once from any status, and nothing of the old connection is seen afterwards', () => {
  test.for(STATUSES)('%s', async (status, { servers }) => {
    const http = await clientIn(status, servers);
    http.close();
    const fresh = [Status.DISCONNECTED, ErrorCode.ERR_UNCONFIGURED, false, 0, -1, [], false];
    const seen = () => [
      http.getStatus(),
      http.poll(),
      http.hasResponse(),
      http.getResponseCode(),
      http.getResponseBodyLength(),
      http.getResponseHeaders(),
      http.isResponseChunked(),
    ];
    expect(seen()).toEqual(fresh);
    expect(http.readResponseBodyChunk()).toHaveLength(0);

    // Meanwhile the old connection goes on into the ring, until its worker has heard of the end.
    const server = await servers.http();
    http.connectToHost(server.host, server.port);
    expect(await settled(http)).toBe(Status.CONNECTED);
    expect(http.hasResponse()).toBe(false);
    const answer = await get(http, '/bytes/1000');
    expect([answer.code, answer.body.length, answer.status]).toEqual([200, 1000, Status.CONNECTED]);
  });

  test.for(['CONNECTING', 'waiting', 'REQUESTING', 'BODY', 'complete'] as const)(
    'a whole request: %s',
    async (state, { servers }) => {
      const server = await servers.http();
      await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });
      const [first, http] = [new HTTPRequest({ pool }), new HTTPRequest({ pool })];
      const heard = heardBy(http);
      const told: number[] = [];
      http.progress.connect((downloaded) => told.push(downloaded));
      if (state === 'waiting') first.request(server.url('/hang'));
      // The body does not end: it may come faster than this thread looks.
      const body = '/bytes/90000000?stop=80000000';
      const path = { BODY: body, complete: '/bytes/5000' }[state as string] ?? '/hang';
      http.request(server.url(path));
      if (state === 'REQUESTING' || state === 'BODY')
        await tickUntil(() => http.getHttpClientStatus() === Status[state]);
      if (state === 'BODY') await tickUntil(() => http.getDownloadedBytes() > 0);
      // Its completion waits for a look.
      if (state === 'complete') server.blockUntil('the answer', ({ sent }) => sent >= 5000);
      const before = told.length;
      http.cancelRequest();
      const fresh = [Status.DISCONNECTED, false, ErrorCode.OK, 'CANCELLED'];
      const seen = () => [http.getHttpClientStatus(), http.isBusy(), http.poll(), http.getLastError()?.code];
      expect(seen()).toEqual(fresh);
      expect(await http.completed()).toMatchObject({ result: Result.REQUEST_FAILED, responseCode: 0 });
      first.cancelRequest();

      // Meanwhile the worker may go on, until it has heard of it: in the same slot.
      http.request(server.url('/bytes/1000'));
      expect([http.getDownloadedBytes(), http.getBodySize()]).toEqual([0, -1]);
      await tickUntil(() => heard.length > 0);
      expect(heard).toMatchObject([{ result: Result.SUCCESS, code: 200 }]);
      expect([heard[0]?.body.length, told.slice(before)]).toEqual([1000, [1000]]);
      expect((await pool.stats()).connections).toBeLessThan(2);
      for (let turns = 0; turns < 3; turns++, await turn()) tick();
      expect(heard).toHaveLength(1);
    },
  );

  test('a hundred connections, each left in the middle of a body', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPClient({ bufferSize: 65_536 });
    for (let round = 0; round < 100; round++) {
      http.connectToHost(server.host, server.port);
      expect(await settled(http)).toBe(Status.CONNECTED);
      http.request(Method.GET, `/bytes/${10_000_000 + round}`, []);
      expect(await settled(http)).toBe(Status.BODY);
      expect(http.getResponseBodyLength()).toBe(10_000_000 + round);
      http.readResponseBodyChunk();
    }
  });
});

describe('7. No promise stays pending, no thread and no handle stays behind after pool.close()', () => {
  test.for(['polling', 'blocking'])('%s', async (mode, { servers }) => {
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/closed-pool.mjs', {
      args: [mode, String(server.port)],
    });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual({
      statuses: Array(4).fill(Status.CONNECTION_ERROR),
      codes: Array(4).fill('POOL_CLOSED'),
      stats: ['fulfilled', 'fulfilled'],
      connect: ErrorCode.ERR_UNAVAILABLE,
      workersLeft: 0,
      resources: [],
    });
    expect(run.code).toBe(0);
  });

  test.for(['awaited', 'not awaited', 'at once'])('whole requests, %s', async (mode, { servers }) => {
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/closed-requests.mjs', {
      args: [mode, String(server.port)],
    });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual({
      counts: { '4 POOL_CLOSED': mode === 'awaited' ? 44 : 22 },
      codes: ['CANCELLED', 'CANCELLED', 'INVALID_URL'],
      // The first was told by nobody.
      told: 23,
      afterwards: ErrorCode.ERR_UNAVAILABLE,
      workersLeft: 0,
      resources: [],
    });
    expect(run.code).toBe(0);
  });

  test('a pool that was never used', async () => {
    const pool = new WorkerPool({ threads: 2 });
    await pool.close();
    await pool.close();
    expect(await pool.stats()).toMatchObject({ clients: 0, threads: [] });
  });
});

describe('8. The process exits when the program ends, with clients open', () => {
  test.for(['none', 'connecting', 'connected', 'waiting', 'body', 'refused', 'stats', 'disposed'])(
    '%s',
    async (state, { servers }) => {
      const server = await servers.http();
      const args = [state, String(server.port)];
      const run = await runScript('test/invariants/scripts/open-clients.mjs', { args });
      expect([run.code, run.stderr, run.stdout]).toEqual([0, '', 'the last line\n']);
    },
  );
});

describe('8. The process exits when the program ends, with whole requests under way; it stays for those that are awaited', () => {
  test.for([
    ['none', ''],
    ['just started', ''],
    ['waiting', ''],
    ['many', ''],
    ['complete', ''],
    ['was awaited', ''],
    ['cancelled', 'CANCELLED\n'],
    ['awaited', 'awaited 3000\n'],
    ['awaited in turn', 'awaited 50\n'],
    ['awaited till the timeout', 'result 13\n'],
  ] as const)('%s', async ([state, told], { servers }) => {
    const server = await servers.http();
    const args = [state, String(server.port)];
    const run = await runScript('test/invariants/scripts/open-requests.mjs', { args });
    expect([run.code, run.stderr, run.stdout]).toEqual([0, '', `the last line\n${told}`]);
  });
});

describe("10. With the caller's thread blocked for seconds, requests go on and no timeout fires because of it", () => {
  test('connecting: no timeout', async ({ servers }) => {
    const server = await servers.http({ host: 'localhost' });
    await using pool = new WorkerPool({ threads: 1 });
    await pool.ready();
    await unlessHeldUp([() => pool.stats(), () => server.connections()], 100, async (factor) => {
      const { connections } = server.counts;
      const http = new HTTPClient({ pool, timeouts: { connect: 500 * factor } });
      http.connectToHost('localhost', server.port);
      server.blockUntil('the connection', (counts) => counts.connections > connections);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500 * factor);
      http.poll();
      expect(http.getStatus()).toBe(Status.CONNECTED);
    });
  });

  test('a request is sent and answered, and the body waits', async ({ servers }) => {
    const server = await servers.http();
    const http = await connect(server);
    http.request(Method.GET, '/bytes/200000', []);
    server.blockUntil('the whole answer', ({ sent }) => sent >= 200_000);
    expect(http.getStatus()).toBe(Status.REQUESTING);
    // The server has sent it; the worker may not have read it yet. This thread's loop still does not turn.
    const end = performance.now() + 20_000;
    while (http.getStatus() === Status.REQUESTING && performance.now() < end) http.poll();
    expect(http.getStatus()).toBe(Status.BODY);
    expect(await readBody(http)).toHaveLength(200_000);
  });

  test('an upload goes on', async ({ servers }) => {
    const server = await servers.http();
    const http = await connect(server);
    http.requestRaw(Method.POST, '/inspect', [], new Uint8Array(20_000_000));
    server.blockUntil('the whole body', ({ received }) => received >= 20_000_000);
    await pollUntil(http, 'the answer', () => http.getStatus() === Status.BODY);
    expect(JSON.parse(text(await readBody(http)))).toMatchObject({ bodyLength: 20_000_000 });
  });

  test('a whole request: its timeout counts on the worker, and what came in time is no TIMEOUT', async ({
    servers,
  }) => {
    const server = await servers.http();
    await using pool = new WorkerPool({ threads: 1 });
    await pool.ready();
    await unlessHeldUp([() => pool.stats(), () => server.connections()], 200, async (factor) => {
      const [http, late] = [new HTTPRequest({ pool }), new HTTPRequest({ pool })];
      for (const each of [http, late]) each.timeout = factor;
      http.request(server.url(`/redirect/302?to=${encodeURIComponent('/bytes/3000000')}`));
      late.request(server.url('/hang'));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500 * factor);
      // No turn of the event loop, and no wait, either: all of it is there.
      for (const each of [http, late]) each.poll();
      expect([http.isBusy(), late.isBusy()]).toEqual([false, false]);
      expect((await http.completed()).body).toHaveLength(3_000_000);
      expect((await late.completed()).result).toBe(Result.TIMEOUT);
    });
  });

  test('a whole request: its upload goes on', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    http.requestRaw(server.url('/inspect'), [], Method.POST, new Uint8Array(20_000_000));
    server.blockUntil('the whole body', ({ received }) => received >= 20_000_000);
    expect((await http.completed()).json()).toMatchObject({ bodyLength: 20_000_000 });
    expect(http.getUploadedBytes()).toBe(20_000_000);
  });
});
