import { spawnSync } from 'node:child_process';
import { type HTTPClientOptions, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { connect, get, pollUntil, settled } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { proxied, type Way } from '../../support/proxied.ts';
import { type Address, type Servers, startServers, type TestServer, test } from '../../support/servers.ts';
import { heirOf, switching, upgrade } from '../../support/streams.ts';

const hasSS = spawnSync('ss', ['-tnoH']).status === 0;
beforeEach(({ skip }) => skip(!hasSS, 'only Linux, with ss, tells the timers of a connection'));

let shared: Servers;
let secure: TestServer;
let trusted: string;
beforeAll(async () => {
  shared = await startServers();
  secure = await shared.https();
  trusted = (await shared.authority()).cert;
});
afterAll(() => shared.close());

/**
 * The seconds until the kernel asks the peer of our connection to this server, null for never. The host is part of
 * the question: a server of another test may have the same port at the other loopback address. Bytes that are not
 * acknowledged yet have a timer of their own in its place, and for a moment.
 */
async function secondsLeft({ host, port }: Address): Promise<number | null> {
  const end = performance.now() + PATIENCE;
  const peer = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  for (;;) {
    const { stdout } = spawnSync('ss', ['-tnoH', 'state', 'established', 'dst', peer]);
    const lines = String(stdout).trim().split('\n');
    const [, kind, left = ''] = /timer:\((\w+),(\w+)/.exec(lines[0] ?? '') ?? [];
    if (lines.length === 1 && lines[0] !== '' && (kind === undefined || kind === 'keepalive'))
      return kind === undefined ? null : secondsOf(left);
    if (performance.now() > end) throw new Error(`no connection of ours, or more than one: ${stdout}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** `996ms`, `59sec`, `4min59sec` or `546min`. */
function secondsOf(time: string): number {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)min)?(?:(\d+)sec)?/.exec(time) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

/** What this machine may take until it looks. */
const NOISE = 30;

async function expectSeconds(server: Address, seconds: number): Promise<void> {
  const left = await secondsLeft(server);
  expect(left).toBeLessThanOrEqual(seconds);
  expect(left).toBeGreaterThanOrEqual(seconds - NOISE);
}

describe.each<[string, HTTPClientOptions, number | null]>([
  ['by default', {}, 60],
  ['after five minutes', { tcpKeepAlive: 300_000 }, 300],
  ['as late as Linux can', { tcpKeepAlive: 2 ** 31 - 1 }, 32_767],
  ['never', { tcpKeepAlive: 0 }, null],
])('the peer is asked %s:', (_when, options, seconds) => {
  const check = (server: Address) =>
    seconds === null
      ? secondsLeft(server).then((left) => expect(left).toBeNull())
      : expectSeconds(server, seconds);

  test.for(['127.0.0.1', '::1', 'app.localhost'])('plain, %s', async (host, { servers }) => {
    const server = await servers.http({ host: host === '::1' ? host : '127.0.0.1' });
    const http = await connect({ host, port: server.port }, options);
    await check(server);
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    await check(server);
  });

  test('with TLS', async ({ servers }) => {
    const server = await servers.https();
    const http = await connect(server, { ...options, ca: (await servers.authority()).cert });
    await check(server);
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    await check(server);
  });

  test.for<[NonNullable<Way['scheme']>, boolean]>([
    ['http', false],
    ['http', true],
    ['https', false],
    ['https', true],
    ['socks5', false],
    ['socks5', true],
  ])('through a proxy: %s, a target with TLS: %j', async ([scheme, tls], { servers }) => {
    const target = tls ? secure : await servers.http();
    const proxy =
      scheme === 'socks5' ? await servers.socks() : await shared.proxy({ tls: scheme === 'https' });
    const http = proxied(proxy, { scheme }, { ...options, proxyTLS: TLSOptions.client(trusted) });
    http.connectToHost(target.host, target.port, tls ? TLSOptions.client(trusted) : null);
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    await check(proxy);
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    await check(proxy);
  });
});

describe('it goes on being asked', () => {
  test('while a request waits for its answer', async ({ servers }) => {
    const server = await servers.raw([{ expectHead: true }, { hold: true }]);
    const http = await connect(server);
    http.request(Method.GET, '/', []);
    await server.waitFor('the request', ({ bytesReceived }) => bytesReceived > 0);
    await expectSeconds(server, 60);
  });

  test('in the middle of a body', async ({ servers }) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';
    const server = await servers.raw([{ expectHead: true }, { send: head }, { hold: true }]);
    const http = await connect(server);
    http.request(Method.GET, '/', []);
    await pollUntil(http, 'the body', () => http.getStatus() === Status.BODY);
    await expectSeconds(server, 60);
  });

  test('of a stream, and with the next client too', async ({ servers }) => {
    const server = await servers.raw(switching({ hold: true }));
    const http = await upgrade(server);
    await expectSeconds(server, 60);
    const heir = heirOf(http, { tcpKeepAlive: 0 });
    expect(heir.getStatus()).toBe(Status.CONNECTED);
    await expectSeconds(server, 60);
  });
});
