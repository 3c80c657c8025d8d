import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';
import { describe, expect } from 'vitest';
import { get, pollUntil, settled, text, UNKNOWN_NAME } from '../../support/client.ts';
import { type Servers, type TestServer, test } from '../../support/servers.ts';

/** Brings a client into a status. Returns the server that it is then connected to, if it is. */
type Reach = (http: HTTPClient, servers: Servers) => Promise<TestServer | null>;

const connected: Reach = async (http, servers) => {
  const server = await servers.http();
  http.connectToHost(server.host, server.port);
  await settled(http);
  await get(http, '/headers');
  return server;
};
const requesting: Reach = async (http, servers) => {
  const server = await connected(http, servers);
  http.request(Method.GET, '/hang', []);
  server?.blockUntil('the request', ({ requests }) => requests === 2);
  http.poll();
  return server;
};
const receiving: Reach = async (http, servers) => {
  const server = await connected(http, servers);
  http.request(Method.GET, '/bytes/20000000', []);
  await settled(http);
  await pollUntil(http, 'a part of the body', () => http.readResponseBodyChunk().length > 0);
  return server;
};
const cut: Reach = async (http, servers) => {
  const server = await requesting(http, servers);
  await server?.close();
  await settled(http);
  return null;
};
async function start(http: HTTPClient, host: string, port: number): Promise<null> {
  http.connectToHost(host, port);
  return null;
}
async function attempt(http: HTTPClient, host: string, port: number): Promise<null> {
  await start(http, host, port);
  await settled(http);
  return null;
}

describe.each<[keyof typeof Status, Reach]>([
  ['DISCONNECTED', async () => null],
  ['RESOLVING', (http) => start(http, UNKNOWN_NAME, 80)],
  ['CANT_RESOLVE', (http) => attempt(http, UNKNOWN_NAME, 80)],
  [
    'CONNECTING',
    async (http, servers) => {
      const { host, port } = await servers.silent({ full: true });
      return start(http, host, port);
    },
  ],
  ['CANT_CONNECT', async (http, servers) => attempt(http, '127.0.0.1', await servers.refusedPort())],
  ['CONNECTED', connected],
  ['REQUESTING', requesting],
  ['BODY', receiving],
  ['CONNECTION_ERROR', cut],
  [
    'TLS_HANDSHAKE_ERROR',
    async (http, servers) => attempt(http, 'https://127.0.0.1', (await servers.https()).port),
  ],
])('from %s', (name, reach) => {
  function expectNoResponse(http: HTTPClient): void {
    expect([http.hasResponse(), http.getResponseCode(), http.getResponseBodyLength()]).toEqual([
      false,
      0,
      -1,
    ]);
    expect([http.getResponseHeaders(), http.getResponseTrailers()]).toEqual([[], []]);
    expect(http.readResponseBodyChunk()).toHaveLength(0);
  }

  async function expectWorks(http: HTTPClient): Promise<void> {
    expect(await settled(http)).toBe(Status.CONNECTED);
    expectNoResponse(http);
    expect(http.getLastError()).toBeNull();
    const { code, body } = await get(http, '/echo');
    expect([code, text(body), http.getStatus()]).toEqual([200, '', Status.CONNECTED]);
    expect((await get(http, '/bytes/5')).body).toHaveLength(5);
  }

  test('close() leads to DISCONNECTED at once, and the client can connect again', async ({ servers }) => {
    const http = new HTTPClient();
    const server = await reach(http, servers);
    expect(http.getStatus()).toBe(Status[name]);
    http.close();
    for (let i = 0; i < 2; i++) {
      expect(http.getStatus()).toBe(Status.DISCONNECTED);
      expectNoResponse(http);
      expect(http.poll()).toBe(ErrorCode.ERR_UNCONFIGURED);
      http.close();
    }
    await server?.closed();
    const next = await servers.http();
    expect(http.connectToHost(next.host, next.port)).toBe(ErrorCode.OK);
    await expectWorks(http);
  });

  test('connectToHost() ends what there is, and starts anew', async ({ servers }) => {
    const http = new HTTPClient();
    const server = await reach(http, servers);
    const next = await servers.http();
    expect(http.connectToHost(next.host, next.port)).toBe(ErrorCode.OK);
    expect(http.getStatus()).toBe(Status.CONNECTING);
    await expectWorks(http);
    await server?.closed();
    expect(next.counts).toMatchObject({ connections: 1, requests: 2 });
  });
});

test('connectToHost() and request() forget the last error', async ({ servers }) => {
  const server = await servers.http();
  const http = new HTTPClient();
  http.connectToHost('', 80);
  expect(http.getLastError()).not.toBeNull();
  http.connectToHost(server.host, server.port);
  expect(http.getLastError()).toBeNull();
  await settled(http);
  http.request(Method.GET, 'nowhere', []);
  expect(http.getLastError()).not.toBeNull();
  http.request(Method.GET, '/bytes/0', []);
  expect(http.getLastError()).toBeNull();
});
