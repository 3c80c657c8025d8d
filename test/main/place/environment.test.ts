import { HTTPClient, type HTTPClientOptions, HTTPRequest, Status, TLSOptions } from 'tickhttp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { get, settled } from '../../support/client.ts';
import { failed } from '../../support/proxied.ts';
import { runScript } from '../../support/run-script.ts';
import { type Address, type Servers, startServers, type TestServer } from '../../support/servers.ts';

const VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];
const NONE = Object.fromEntries(
  VARIABLES.flatMap((name) => [name, name.toUpperCase()]).map((name) => [name, '']),
);

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());
beforeEach(() => setAll({}));
afterEach(() => vi.unstubAllEnvs());

/** The variables from here on; whatever else the tests' own environment says of proxies is gone. */
function setAll(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries({ ...NONE, ...variables })) vi.stubEnv(name, value);
}

const urlOf = ({ host, port }: Address): string => `http://${host}:${port}`;

/** Whether a request for `target` went through `proxy`. */
async function goesThrough(http: HTTPClient, proxy: TestServer, target: TestServer): Promise<boolean> {
  const before = proxy.counts.requests;
  http.connectToHost(target.host, target.port);
  expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  expect((await get(http, '/bytes/3')).body).toHaveLength(3);
  return proxy.counts.requests > before;
}

function client(options: HTTPClientOptions = {}): HTTPClient {
  return new HTTPClient({ proxyFromEnvironment: true, ...options });
}

test('a program takes its proxy from the environment, for plain requests and for TLS', async () => {
  const { cert: ca } = await servers.authority();
  const [proxy, plain, secure] = [await servers.proxy(), await servers.http(), await servers.https()];
  const script = `import('tickhttp').then(({ HTTPClient, TLSOptions }) => {
    const http = new HTTPClient({ proxyFromEnvironment: true });
    http.blockingModeEnabled = true;
    for (const [port, tls] of [[${plain.port}, null], [${secure.port}, TLSOptions.client(${JSON.stringify(ca)})]]) {
      http.connectToHost('127.0.0.1', port, tls);
      http.poll();
      http.request(0, '/bytes/3', []);
      http.poll();
      console.log(http.getResponseCode(), http.readResponseBodyChunk().length);
    }
  })`;
  const env = { ...NONE, HTTP_PROXY: urlOf(proxy), https_proxy: urlOf(proxy) };
  const { stdout, stderr } = await runScript('', { nodeArgs: ['--eval', script], env });
  expect(stdout, stderr).toBe('200 3\n200 3\n');
  expect(proxy.counts).toMatchObject({ requests: 2, tunnels: 1 });
});

describe('the environment', () => {
  test('says nothing to clients that were not told to listen', async () => {
    const [proxy, target] = [await servers.proxy(), await servers.http()];
    setAll({ http_proxy: urlOf(proxy) });
    expect(await goesThrough(new HTTPClient(), proxy, target)).toBe(false);
    expect(await goesThrough(client({ proxyFromEnvironment: false }), proxy, target)).toBe(false);
  });

  test('is read at each request() of whole requests', async () => {
    const [proxy, target] = [await servers.proxy(), await servers.http()];
    const http = new HTTPRequest({ proxyFromEnvironment: true });
    const seen = async () => {
      const before = proxy.counts.requests;
      http.request(target.url('/bytes/3'));
      expect((await http.completed()).body).toHaveLength(3);
      return proxy.counts.requests - before;
    };
    expect(await seen()).toBe(0);
    setAll({ http_proxy: urlOf(proxy) });
    expect([await seen(), await seen()]).toEqual([1, 1]);
    setAll({ http_proxy: urlOf(proxy), no_proxy: target.host });
    expect(await seen()).toBe(0);
  });

  test('is read at each connectToHost()', async () => {
    const [one, another, target] = [await servers.proxy(), await servers.proxy(), await servers.http()];
    const http = client();
    expect(await goesThrough(http, one, target)).toBe(false);
    setAll({ http_proxy: urlOf(one) });
    expect(await goesThrough(http, one, target)).toBe(true);
    setAll({ http_proxy: urlOf(another) });
    expect(await goesThrough(http, one, target)).toBe(false);
    expect(await goesThrough(http, another, target)).toBe(true);
    setAll({ http_proxy: urlOf(another), no_proxy: target.host });
    expect(await goesThrough(http, another, target)).toBe(false);
  });

  test('names what is reached without a proxy', async () => {
    const [proxy, target] = [await servers.proxy(), await servers.http()];
    for (const [no, through] of [
      ['127.0.0.1', false],
      [`127.0.0.1:${target.port}`, false],
      ['127.0.0.0/8', false],
      ['*', false],
      ['127.0.0.1:1', true],
      ['localhost', true],
    ] as const) {
      setAll({ all_proxy: urlOf(proxy), no_proxy: no });
      expect([no, await goesThrough(client(), proxy, target)]).toEqual([no, through]);
    }
  });

  test('yields to a proxy that was set, until it is unset', async () => {
    const [given, set, target] = [await servers.proxy(), await servers.proxy(), await servers.http()];
    setAll({ http_proxy: urlOf(given), no_proxy: '' });
    const http = client();
    http.setHttpProxy(set.host, set.port);
    expect(await goesThrough(http, set, target)).toBe(true);
    expect(given.counts.connections).toBe(0);
    setAll({ http_proxy: urlOf(given), no_proxy: '*' });
    expect(await goesThrough(http, set, target)).toBe(true);
    setAll({ http_proxy: urlOf(given) });
    http.setHttpProxy('', -1);
    expect(await goesThrough(http, given, target)).toBe(true);
  });

  test('has credentials for the proxy, before those of the options', async () => {
    const credentials = { username: 'me', password: 'p@ss' };
    const [proxy, target] = [await servers.proxy({ credentials }), await servers.http()];
    setAll({ http_proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` });
    expect(await goesThrough(client(), proxy, target)).toBe(true);
    const proxyCredentials = { username: 'me', password: 'wrong' };
    expect(await goesThrough(client({ proxyCredentials }), proxy, target)).toBe(true);
    setAll({ http_proxy: urlOf(proxy) });
    expect(await goesThrough(client({ proxyCredentials: credentials }), proxy, target)).toBe(true);
  });

  const { CANT_RESOLVE, CANT_CONNECT } = Status;
  test.each<[string, Status, string]>([
    ['ftp://proxy.test', CANT_CONNECT, 'INVALID_PROXY'],
    ['http://me:hunter2@proxy.test/path', CANT_CONNECT, 'INVALID_PROXY'],
    ['http://proxy.test:0', CANT_CONNECT, 'INVALID_PROXY'],
    ['http://', CANT_CONNECT, 'INVALID_PROXY'],
    ['http://::1:8080', CANT_CONNECT, 'INVALID_PROXY'],
    ['http://proxy%00.test', CANT_CONNECT, 'INVALID_PROXY'],
    [`http://${'x'.repeat(64)}.invalid`, CANT_RESOLVE, 'ENOTFOUND'],
    ['http://127.0.0.1:REFUSED', CANT_CONNECT, 'ECONNREFUSED'],
    ['socks5://127.0.0.1:REFUSED', CANT_CONNECT, 'ECONNREFUSED'],
  ])('that says %s leads to no connection past the proxy', async (value, status, code) => {
    const target = await servers.http();
    const port = await servers.refusedPort();
    setAll({ all_proxy: value.replace('REFUSED', String(port)) });
    for (const tls of [null, TLSOptions.clientUnsafe()]) {
      const http = client();
      http.connectToHost(target.host, target.port, tls);
      const failure = await failed(http);
      expect(failure).toMatchObject({ status, code });
      expect(failure.message).not.toContain('hunter2');
    }
    expect(target.counts.connections).toBe(0);
  });
});
