import { ErrorCode, HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, readBody, settled, text } from '../support/client.ts';
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
    if (status === 'BODY') expect(http.borrowResponseBodyChunk().length).toBeGreaterThan(0);
  }
  expect(http.getStatus()).toBe(Status[status]);
  return http;
}

describe('6. close() returns at once from any status, and nothing of the old connection is seen afterwards', () => {
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

describe("10. With the caller's thread blocked for seconds, requests go on and no timeout fires because of it", () => {
  test('connecting: no timeout', async ({ servers }) => {
    const server = await servers.http({ host: 'localhost' });
    const http = new HTTPClient({ timeouts: { connect: 500 } });
    http.connectToHost('localhost', server.port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    http.poll();
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('a request is sent and answered, and the body waits', async ({ servers }) => {
    const server = await servers.http();
    const http = await connect(server);
    http.request(Method.GET, '/bytes/200000', []);
    server.blockUntil('the whole answer', ({ sent }) => sent >= 200_000);
    expect(http.getStatus()).toBe(Status.REQUESTING);
    // The server has sent it; the worker may not have read it yet. This thread's loop still does not turn.
    const end = performance.now() + 5000;
    while (http.getStatus() === Status.REQUESTING && performance.now() < end) http.poll();
    expect(http.getStatus()).toBe(Status.BODY);
    expect(await readBody(http)).toHaveLength(200_000);
  });

  test('an upload goes on', async ({ servers }) => {
    const server = await servers.http();
    const http = await connect(server);
    http.requestRaw(Method.POST, '/inspect', [], new Uint8Array(20_000_000));
    server.blockUntil('the whole body', ({ received }) => received >= 20_000_000, 20_000);
    await pollUntil(http, 'the answer', () => http.getStatus() === Status.BODY);
    expect(JSON.parse(text(await readBody(http)))).toMatchObject({ bodyLength: 20_000_000 });
  });
});
