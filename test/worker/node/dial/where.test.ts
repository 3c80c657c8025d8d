import { link } from 'node:fs/promises';
import { ErrorCode, HTTPClient, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { describeFailure } from '../../../../src/worker/connection/connection-failure.ts';
import { explain } from '../../../../src/worker/node/explain.ts';
import { connect, exchange, get, inspect, settled } from '../../../support/client.ts';
import { checkPattern, fillPattern } from '../../../support/pattern.mjs';
import { failed, type Journey, proxied, travel } from '../../../support/proxied.ts';
import { samePort } from '../../../support/same-port.ts';
import { type Servers, startServers, type TestServer, test } from '../../../support/servers.ts';

let shared: Servers;
let trusted: TLSOptions;
beforeAll(async () => {
  shared = await startServers();
  trusted = TLSOptions.client((await shared.authority()).cert);
});
afterAll(() => shared.close());

// Root may use everything, and ports do not run out here.
test.each([
  ['EACCES', 'the system does not allow this program to connect there'],
  ['EADDRNOTAVAIL', 'this machine has no such address, or no free port (option localAddress)'],
])('%s is explained', (code, meaning) => {
  const error = Object.assign(new Error('connect'), { code, syscall: 'connect', address: '127.0.0.1' });
  const failed = { phase: 'connect', where: 'a.test:80', request: null } as const;
  const { message } = describeFailure(failed, new AggregateError([error]), explain);
  expect(message).toBe(`Cannot connect to a.test:80: ${meaning} (${code}).`);
});

describe('a unix socket', () => {
  test.each([
    ['plain', ''],
    ['plain, as http', 'http://'],
    ['with TLS, as https', 'https://'],
  ])('%s is connected to, with localhost as Host', async (_kind, scheme) => {
    const tls = scheme === 'https://';
    const server = await (tls ? shared.https({ path: true }) : shared.http({ path: true }));
    const http = new HTTPClient();
    expect(http.connectToHost(scheme + server.host, -1, tls ? trusted : null)).toBe(ErrorCode.OK);
    expect(http.getStatus()).toBe(Status.CONNECTING);
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    const { rawHeaders } = await inspect(http, Method.GET);
    expect(rawHeaders.slice(0, 2)).toEqual(['Host', 'localhost']);
    const { body, status } = await get(http, '/bytes/3000000');
    expect([body.length, status]).toEqual([3_000_000, Status.CONNECTED]);
    checkPattern(body);
    const sent = fillPattern(new Uint8Array(1_000_000));
    const echo = await exchange(http, Method.POST, '/echo', [], sent);
    expect(echo.body).toHaveLength(sent.length);
    checkPattern(echo.body);
    expect(server.counts).toMatchObject({ connections: 1, requests: 3 });
    http.close();
    await server.closed();
  });

  test('is verified as localhost', async () => {
    const tls = await (await shared.authority()).issue({ dnsNames: ['elsewhere.test'] });
    const server = await shared.https({ path: true, tls });
    const http = new HTTPClient();
    http.connectToHost(server.host, -1, trusted);
    const code = 'ERR_TLS_CERT_ALTNAME_INVALID';
    expect(await failed(http)).toMatchObject({ status: Status.TLS_HANDSHAKE_ERROR, phase: 'tls', code });
  });

  test("the caller's own Host is sent as it is", async () => {
    const http = await connect(await shared.http({ path: true }));
    const { rawHeaders } = await inspect(http, Method.GET, ['Host: docker']);
    expect(rawHeaders.filter((_value, at) => rawHeaders[at - 1] === 'Host')).toEqual(['docker']);
  });

  test('has no port, and no proxy', async () => {
    const server = await shared.http({ path: true });
    const refused = { host: '127.0.0.1', port: await shared.refusedPort() };
    for (const scheme of ['http', 'socks5'] as const) {
      const http = proxied(refused, { scheme });
      http.connectToHost(server.host, 1234);
      expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
      const { url, rawHeaders } = await inspect(http, Method.GET);
      expect([url, rawHeaders.slice(0, 2)]).toEqual(['/inspect', ['Host', 'localhost']]);
    }
  });

  test('that is not there: CANT_CONNECT', async () => {
    const path = await shared.freePath();
    const http = new HTTPClient();
    http.connectToHost(`unix:${path}`);
    const failure = await failed(http);
    expect(failure).toMatchObject({
      status: Status.CANT_CONNECT,
      error: ErrorCode.ERR_CANT_CONNECT,
      phase: 'connect',
      code: 'ENOENT',
    });
    expect(failure.message).toContain(`${path}: there is no such socket`);
    expect(failure.message).not.toMatch(/:-1|:80/);
  });

  test('that nobody listens at: CANT_CONNECT', async () => {
    const server = await shared.http({ path: true });
    const path = server.host.replace('unix:', '');
    await link(path, `${path}.dead`);
    await server.close();
    const http = new HTTPClient();
    http.connectToHost(`${server.host}.dead`);
    const failure = { status: Status.CANT_CONNECT, phase: 'connect', code: 'ECONNREFUSED' };
    expect(await failed(http)).toMatchObject(failure);
  });

  test('without a path: ERR_INVALID_PARAMETER', () => {
    for (const host of ['unix:', 'https://unix:']) {
      const http = new HTTPClient();
      expect(http.connectToHost(host)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_HOST' });
    }
  });

  test('in blocking mode', async () => {
    const server = await shared.http({ path: true });
    const http = new HTTPClient();
    http.blockingModeEnabled = true;
    http.connectToHost(server.host);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
  });
});

describe('localAddress', () => {
  const canUse = process.platform === 'linux';

  test.runIf(canUse).each(['127.0.0.1', 'localhost'])(
    'is where a connection to %s comes from',
    async (host) => {
      const server = await shared.http();
      const http = await connect({ host, port: server.port }, { localAddress: '127.0.0.2' });
      expect((await get(http, '/bytes/3')).body).toHaveLength(3);
      expect((await server.connected()).from).toBe('127.0.0.2');
    },
  );

  test.runIf(canUse)('is where a connection to a proxy comes from, of either kind', async () => {
    const target = await shared.http();
    for (const [scheme, proxy] of [
      ['http', await shared.proxy()],
      ['socks5', await shared.socks()],
    ] as const) {
      const http = proxied(proxy, { scheme }, { localAddress: '127.0.0.2' });
      http.connectToHost(target.host, target.port);
      expect(await settled(http)).toBe(Status.CONNECTED);
      expect((await proxy.connected()).from).toBe('127.0.0.2');
    }
  });

  test('may be one of IPv6', async () => {
    const server = await shared.http({ host: '::1' });
    await connect(server, { localAddress: '::1' });
    expect((await server.connected()).from).toBe('::1');
  });

  test('does not matter to a unix socket', async () => {
    const server = await shared.http({ path: true });
    const http = await connect(server, { localAddress: '127.0.0.1' });
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
  });

  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has an address of it.
  test('that this machine does not have: CANT_CONNECT', async () => {
    const server = await shared.http();
    const http = new HTTPClient({ localAddress: '192.0.2.1' });
    http.connectToHost(server.host, server.port);
    const failure = await failed(http);
    expect(failure).toMatchObject({ status: Status.CANT_CONNECT, phase: 'connect', code: 'EADDRNOTAVAIL' });
    expect(failure.message).toContain('no such address as 192.0.2.1 (option localAddress)');
    expect(server.counts.connections).toBe(0);
  });

  test('of the other family than the server: CANT_CONNECT', async () => {
    const server = await shared.http();
    const http = new HTTPClient({ localAddress: '::1' });
    http.connectToHost(server.host, server.port);
    const failure = { status: Status.CANT_CONNECT, phase: 'connect', code: 'WRONG_FAMILY' };
    expect(await failed(http)).toMatchObject(failure);
    expect(server.counts.connections).toBe(0);
  });

  test.each([['localhost'], ['127.0.0.1:80'], [''], [5], [null]])('%j is none', (localAddress) => {
    expect(() => Reflect.construct(HTTPClient, [{ localAddress }])).toThrow(/^localAddress must be/);
  });
});

describe('family', () => {
  /** Two servers with the same port, one of each family. */
  async function pair(servers: Servers): Promise<{ v4: TestServer; v6: TestServer; port: number }> {
    const { first, second, port } = await samePort(
      () => servers.http(),
      (same) => servers.http({ host: '::1', port: same }),
    );
    return { v4: first, v6: second, port };
  }

  test.for<[4 | 6, string[]]>([
    [4, ['127.0.0.1', '::1']],
    [4, ['::1', '127.0.0.1']],
    [6, ['127.0.0.1', '::1']],
    [6, ['::1', '127.0.0.1']],
  ])(
    '%i is that of the address that a name is connected at, of %j',
    async ([family, addresses], { servers }) => {
      const { v4, v6, port } = await pair(servers);
      const journey: Journey = { options: { family }, target: ['two.test', port] };
      expect(await travel(journey, addresses)).toMatchObject({
        status: Status.CONNECTED,
        lookups: ['two.test'],
      });
      await (family === 4 ? v4 : v6).connected();
      expect([v4.counts.connections, v6.counts.connections]).toEqual(family === 4 ? [1, 0] : [0, 1]);
    },
  );

  test('0 takes both', async ({ servers }) => {
    const { second: v6, port } = await samePort(
      async () => ({ port: await servers.refusedPort() }),
      (same) => servers.http({ host: '::1', port: same }),
    );
    const journey: Journey = { options: { family: 0 }, target: ['two.test', port] };
    expect((await travel(journey, ['127.0.0.1', '::1'])).status).toBe(Status.CONNECTED);
    await v6.connected();
    expect(v6.counts.connections).toBe(1);
  });

  test.for<[4 | 6, string]>([
    [4, '::1'],
    [6, '127.0.0.1'],
  ])('%i with a name that has only %s: CANT_RESOLVE', async ([family, address], { servers }) => {
    const server = await servers.http({ host: address });
    const journey: Journey = { options: { family }, target: ['one.test', server.port] };
    const { status, code } = await travel(journey, [address]);
    expect([status, code]).toEqual([Status.CANT_RESOLVE, 'ENOTFOUND']);
    expect(server.counts.connections).toBe(0);
  });

  test.for([4, 6] as const)("%i with names below localhost, the proxy's too", async (family, { servers }) => {
    const { v4, v6, port } = await pair(servers);
    const options = { family };
    // Whatever DNS would say.
    const elsewhere = ['192.0.2.1', '2001:db8::1'];
    for (const target of ['app.localhost', 'localhost.'])
      expect(await travel({ options, target: [target, port] }, elsewhere)).toMatchObject({
        status: Status.CONNECTED,
        lookups: [],
      });
    const proxy = await servers.proxy({ host: family === 4 ? '127.0.0.1' : '::1' });
    const journey: Journey = { options, proxy: ['proxy.localhost', proxy.port], target: ['app.test', 80] };
    expect(await travel(journey, elsewhere)).toMatchObject({ status: Status.CONNECTED, lookups: [] });
    await Promise.all([(family === 4 ? v4 : v6).connected(1), proxy.connected()]);
    expect([v4.counts.connections, v6.counts.connections]).toEqual(family === 4 ? [2, 0] : [0, 2]);
    expect(proxy.counts.connections).toBe(1);
  });

  test('4 with localhost', async () => {
    const server = await shared.http();
    const http = await connect({ host: 'localhost', port: server.port }, { family: 4 });
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    expect((await server.connected()).from).toBe('127.0.0.1');
  });

  test.each<[4 | 6, string]>([
    [4, '::1'],
    [6, '127.0.0.1'],
  ])('%i with the address %s, which is of the other one: no connection', async (family, host) => {
    const server = await shared.http({ host });
    const http = new HTTPClient({ family });
    http.connectToHost(host, server.port);
    const failure = await failed(http);
    expect(failure).toMatchObject({ status: Status.CANT_CONNECT, phase: 'connect', code: 'WRONG_FAMILY' });
    expect(failure.message).toContain(host);
    expect(server.counts.connections).toBe(0);
  });

  test.each<[4 | 6, string]>([
    [4, '127.0.0.1'],
    [6, '::1'],
  ])('%i with the address %s', async (family, host) => {
    await connect(await shared.http({ host }), { family });
  });

  test('is that of the proxy, not of the target', async ({ servers }) => {
    const target = await servers.http();
    const proxy = await servers.proxy({ host: '::1' });
    const http = proxied(proxy, {}, { family: 6 });
    http.connectToHost(target.host, target.port);
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    expect(proxy.counts.requests).toBe(1);
  });

  test.each<[unknown, RegExp]>([
    [5, /^family must be 0, 4 or 6/],
    ['4', /^family/],
    [null, /^family/],
  ])('%j is none', (family, message) => {
    expect(() => Reflect.construct(HTTPClient, [{ family }])).toThrow(message);
  });
});
