import { HTTPClient, type HTTPClientOptions, Method, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, pollUntil, readBody, settled } from '../../../support/client.ts';
import type { Script, TestServer } from '../../../support/servers.ts';
import { makeWorld, type World } from '../../../support/tls-world.ts';

/** Sessions are those of a thread: one thread for all here. */
let world: World;
let pool: WorkerPool;
let trusted: TLSOptions;
beforeAll(async () => {
  world = await makeWorld();
  pool = new WorkerPool({ threads: 1 });
  trusted = TLSOptions.client(world.root.cert);
});
afterAll(async () => {
  await pool.close();
  await world.servers.close();
});

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GOOD: Script = [{ expectHead: true }, { send: ANSWER }, { hold: true }];

/** Asks once, and says how that ended: with the code of an answer, or with that of a failure. */
async function ask(http: HTTPClient): Promise<number | string | undefined> {
  if ((await settled(http)) === Status.CONNECTED) {
    http.request(Method.GET, '/', []);
    await settled(http);
    await readBody(http);
  }
  const code = http.getLastError()?.code ?? http.getResponseCode();
  http.close();
  return code;
}

function visit(
  { host, port }: { host: string; port: number },
  options: HTTPClientOptions = {},
): Promise<number | string | undefined> {
  const http = new HTTPClient({ pool, ...options });
  http.connectToHost(host, port, trusted);
  return ask(http);
}

const resumed = async (server: TestServer): Promise<boolean[]> =>
  (await server.connections()).map(({ tls }) => tls?.resumed ?? false);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('with %s a session', (version) => {
  const tls = { minVersion: version, maxVersion: version };

  test.each<[string, Script, string | RegExp, HTTPClientOptions]>([
    ['is reset at the request', [{ expectHead: true }, { reset: true }], /ECONNRESET|EMPTY_RESPONSE/, {}],
    ['ends at the request', [{ expectHead: true }, { end: true }], 'EMPTY_RESPONSE', {}],
    ['is cut at the request', [{ expectHead: true }, { destroy: true }], 'EMPTY_RESPONSE', {}],
    [
      'breaks in the answer',
      [{ expectHead: true }, { send: ANSWER.slice(0, -1) }, { end: true }],
      'TRUNCATED_BODY',
      {},
    ],
    ['brings garbage', [{ expectHead: true }, { send: 'SSH-2.0\r\n' }, { hold: true }], /^INVALID_/, {}],
    [
      'gets no answer in time',
      [{ expectHead: true }, { hold: true }],
      'HEADERS_TIMEOUT',
      { timeouts: { headers: 300 } },
    ],
    ['ends right behind the handshake', [{ end: true }], /CONNECTION_CLOSED|EMPTY_RESPONSE|ECONNRESET/, {}],
  ])('whose connection %s is not offered again', async (_what, bad, code, options) => {
    const server = await world.servers.raw([GOOD, bad, GOOD, GOOD], { tls });
    expect(await visit(server)).toBe(200);
    expect(await visit(server, options)).toMatch(code);
    expect([await visit(server), await visit(server)]).toEqual([200, 200]);
    expect(await resumed(server)).toEqual([false, true, false, true]);
  });

  test('that a connection brought which then failed is not offered', async () => {
    const bad: Script = [{ expectHead: true }, { send: 'HTTP/1.1 200 OK\r\n' }, { end: true }];
    const server = await world.servers.raw([bad, GOOD], { tls });
    expect([await visit(server), await visit(server)]).toEqual(['TRUNCATED_HEAD', 200]);
    expect(await resumed(server)).toEqual([false, false]);
  });

  test.each<[string, (http: HTTPClient) => Promise<unknown>]>([
    ['fails in time', (http) => pollUntil(http, 'it', () => http.getLastError()?.code === 'TLS_TIMEOUT')],
    ['was given up', async (http) => http.close()],
  ])('with which a handshake does not come to its end, but %s, is not offered again', async (_what, end) => {
    const server = await world.servers.https({ tls });
    const { host, port } = server;
    const way = await world.servers.raw([
      [{ tunnelTo: { host, port } }],
      [{ expectBytes: 1 }, { waitFor: 'never' }],
      [{ tunnelTo: { host, port } }],
    ]);
    expect(await visit(way)).toBe(404);
    const http = new HTTPClient({ pool, timeouts: { tls: 300 } });
    http.connectToHost(way.host, way.port, trusted);
    await way.waitFor('the hello', ({ bytesReceived }) => bytesReceived > 0, 1);
    await end(http);
    // A handshake that comes to its end has all the time it needs.
    http.setTimeouts({ tls: 0 });
    http.connectToHost(way.host, way.port, trusted);
    expect(await ask(http)).toBe(404);
    expect(await resumed(server)).toEqual([false, false]);
  });

  test('whose connection answers nothing until the caller gives it up is not offered again', async () => {
    const deaf: Script = [{ expectHead: true }, { hold: true }];
    const server = await world.servers.raw([GOOD, deaf, GOOD], { tls });
    expect(await visit(server)).toBe(200);
    const http = new HTTPClient({ pool });
    http.connectToHost(server.host, server.port, trusted);
    await pollUntil(http, 'the connection', () => http.getStatus() === Status.CONNECTED);
    http.request(Method.GET, '/', []);
    await server.waitFor('the request', ({ bytesReceived }) => bytesReceived > 0, 1);
    http.connectToHost(server.host, server.port, trusted);
    expect(await ask(http)).toBe(200);
    expect((await resumed(server)).at(-1)).toBe(false);
  });

  test('stays when its connection ends idle, after an answer', async () => {
    const ending: Script = [{ expectHead: true }, { send: ANSWER }, { waitFor: 'go' }, { end: true }];
    const server = await world.servers.raw([ending, GOOD], { tls });
    const http = new HTTPClient({ pool });
    http.connectToHost(server.host, server.port, trusted);
    await settled(http);
    expect((await get(http, '/')).status).toBe(Status.CONNECTED);
    server.release('go');
    await pollUntil(http, 'its end', () => http.isFailed());
    expect(http.getLastError()).toMatchObject({ phase: 'idle', code: 'CONNECTION_CLOSED' });
    expect(await visit(server)).toBe(200);
    expect(await resumed(server)).toEqual([false, true]);
  });
});

describe('a session is that of one way', () => {
  test('of one unix socket', async () => {
    const { servers } = world;
    const both = [await servers.https({ path: true }), await servers.https({ path: true })];
    for (const _ of [1, 2]) {
      for (const server of both) expect(await visit(server)).toBe(404);
    }
    for (const server of both) expect(await resumed(server)).toEqual([false, true]);
  });

  test('of one proxy, which decides where a name leads', async () => {
    const { servers } = world;
    const both = [await servers.https(), await servers.https()];
    const ways = await Promise.all(
      both.map(({ host, port }) => {
        const tunnel: Script = [
          { expectHead: true },
          { send: 'HTTP/1.1 200 OK\r\n\r\n' },
          { tunnelTo: { host, port } },
        ];
        return servers.raw(tunnel);
      }),
    );
    for (const _ of [1, 2]) {
      for (const { host, port } of ways) {
        const http = new HTTPClient({ pool });
        http.setHttpsProxy(host, port);
        http.connectToHost('localhost', 443, trusted);
        expect(await ask(http)).toBe(404);
      }
    }
    for (const server of both) expect(await resumed(server)).toEqual([false, true]);
  });

  test('of one family of addresses', async () => {
    const server = await world.servers.https();
    for (const family of [0, 4, 4, 0] as const) expect(await visit(server, { family })).toBe(404);
    expect(await resumed(server)).toEqual([false, false, true, true]);
  });
});

describe('the session of a proxy', () => {
  const CLOSING: Script = [{ expectHead: true }, { end: true }];
  const REFUSING: Script = [{ expectHead: true }, { send: 'HTTP/1.1 403 No\r\n\r\n' }, { hold: true }];

  test.each<[string, Script, string, boolean]>([
    ['goes when it closes without an answer', CLOSING, 'PROXY_CLOSED', false],
    ['stays when it refuses', REFUSING, 'PROXY_REFUSED', true],
  ])('%s', async (_what, second, code, kept) => {
    const proxy = await world.servers.raw([REFUSING, second, REFUSING], { tls: true });
    const codes: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      const http = new HTTPClient({ pool, proxyTLS: trusted });
      http.setHttpsProxy('https://127.0.0.1', proxy.port);
      http.connectToHost('127.0.0.1', 443, trusted);
      codes.push(await ask(http));
    }
    expect(codes).toEqual(['PROXY_REFUSED', code, 'PROXY_REFUSED']);
    expect(await resumed(proxy)).toEqual([false, true, kept]);
  });

  test('stays when the target breaks off behind it, whose own goes', async () => {
    const target = await world.servers.raw([GOOD, [{ expectHead: true }, { end: true }], GOOD], {
      tls: true,
    });
    const { host, port } = target;
    const proxy = await world.servers.raw(
      [{ expectHead: true }, { send: 'HTTP/1.1 200 OK\r\n\r\n' }, { tunnelTo: { host, port } }],
      { tls: true },
    );
    const codes: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      const http = new HTTPClient({ pool, proxyTLS: trusted });
      http.setHttpsProxy('https://127.0.0.1', proxy.port);
      http.connectToHost(host, port, trusted);
      codes.push(await ask(http));
    }
    expect(codes).toEqual([200, 'EMPTY_RESPONSE', 200]);
    expect([await resumed(target), await resumed(proxy)]).toEqual([
      [false, true, false],
      [false, true, true],
    ]);
  });
});
