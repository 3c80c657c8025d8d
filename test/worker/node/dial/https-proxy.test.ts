import {
  ErrorCode,
  HTTPClient,
  type HTTPClientOptions,
  Method,
  Status,
  TLSOptions,
  WorkerPool,
} from 'tickhttp';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { type Authority, makeAuthority } from '../../../support/certificates.mjs';
import { exchange, get, settled, text } from '../../../support/client.ts';
import { checkPattern, fillPattern, patternView } from '../../../support/pattern.mjs';
import { failed, type Journey, proxied, travel, type Way } from '../../../support/proxied.ts';
import { type Script, type Servers, startServers, type TestServer, test } from '../../../support/servers.ts';

const HOSTS = { 'target.test': '127.0.0.1' };
const REFUSING: Script = [{ expectHead: true }, { send: 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n' }];

let shared: Servers;
let target: TestServer;
/** Those of the targets and of the proxies: neither is trusted for the other. */
let ca: Authority;
let proxyCA: Authority;
let trusted: TLSOptions;
beforeAll(async () => {
  shared = await startServers();
  ca = await shared.authority();
  proxyCA = await makeAuthority({ commonName: 'root of the proxies' });
  trusted = TLSOptions.client(ca.cert);
  target = await shared.https({
    tls: await ca.issue({ dnsNames: ['target.test'], ipAddresses: ['127.0.0.1'] }),
  });
});
afterAll(() => shared.close());

async function expectConnected(http: HTTPClient, host: string, port: number): Promise<void> {
  expect(http.connectToHost(host, port, trusted)).toBe(ErrorCode.OK);
  expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
}

describe('what a proxy is asked, when the target speaks TLS', () => {
  test.each<[string, number, string]>([
    ['target.test', 8443, 'target.test:8443'],
    ['https://target.test', -1, 'target.test:443'],
    ['https://target.test', 80, 'target.test:80'],
    ['127.0.0.1', 443, '127.0.0.1:443'],
    ['::1', 8443, '[::1]:8443'],
    ['[::1]', 443, '[::1]:443'],
    ['Bücher.test', 443, 'xn--bcher-kva.test:443'],
  ])('to %s port %i: CONNECT %s', async (host, port, authority) => {
    const proxy = await shared.raw(REFUSING);
    const http = proxied(proxy);
    http.connectToHost(host, port, trusted);
    expect((await failed(http)).status).toBe(Status.CANT_CONNECT);
    const [head = '', ...more] = text((await proxy.connected()).received).split('\r\n\r\n');
    expect(more).toEqual(['']);
    const [line, ...fields] = head.split('\r\n');
    expect(line).toBe(`CONNECT ${authority} HTTP/1.1`);
    expect(fields.filter((field) => /^host:/i.test(field))).toEqual([`Host: ${authority}`]);
    // RFC 9110 section 9.3.6: there is no content. And nobody was told a password.
    expect(head).not.toMatch(/content-length|transfer-encoding|proxy-authorization/i);
  });

  test.each<[string, Way, HTTPClientOptions, string]>([
    ['of the host', { login: 'me:p%C3%A4ss%3Aword@' }, {}, 'me:päss:word'],
    ['of the options', {}, { proxyCredentials: { username: 'me', password: 'öption' } }, 'me:öption'],
  ])('credentials %s go to the proxy at once, and no further', async (_what, way, options, login) => {
    const [username = '', ...password] = login.split(':');
    const credentials = { username, password: password.join(':') };
    const proxy = await shared.proxy({ hosts: HOSTS, credentials });
    const http = proxied(proxy, way, options);
    await expectConnected(http, 'target.test', target.port);
    expect(proxy.counts).toMatchObject({ connections: 1, requests: 1, tunnels: 1 });
    const basic = `Proxy-Authorization: Basic ${Buffer.from(login).toString('base64')}`;
    expect((await proxy.connected()).asked[0]).toContain(basic);

    const { url, rawHeaders } = JSON.parse(text((await get(http, '/inspect?x')).body));
    expect(url).toBe('/inspect?x');
    expect(rawHeaders.join()).not.toMatch(/proxy/i);
    expect(rawHeaders).toEqual(expect.arrayContaining(['Host', `target.test:${target.port}`]));
  });
});

describe.each<[string, boolean]>([
  ['an HTTP proxy', false],
  ['an HTTP proxy over TLS', true],
])('through %s', (_kind, secure) => {
  const way: Way = { scheme: secure ? 'https' : 'http' };

  async function through(proxy: TestServer, options: HTTPClientOptions = {}): Promise<HTTPClient> {
    return proxied(proxy, way, { proxyTLS: TLSOptions.client(proxyCA.cert), ...options });
  }

  async function tlsOfProxy() {
    return secure ? await proxyCA.issue() : false;
  }

  test('requests are relayed to a name that only the proxy knows, many on one connection', async () => {
    const proxy = await shared.proxy({ hosts: HOSTS, tls: await tlsOfProxy() });
    const http = await through(proxy);
    await expectConnected(http, 'target.test', target.port);
    for (const url of ['/bytes/3000000', '/chunked/300000']) {
      const { code, body, status } = await get(http, url);
      expect([code, body.length, status]).toEqual([200, Number(url.split('/').at(-1)), Status.CONNECTED]);
      checkPattern(body);
    }
    const sent = fillPattern(new Uint8Array(1_000_000));
    const echo = await exchange(http, Method.POST, '/echo', [], sent);
    expect(echo.body).toHaveLength(sent.length);
    checkPattern(echo.body);
    const until = await get(http, '/close/300000');
    expect([until.body.length, until.status]).toEqual([300_000, Status.DISCONNECTED]);
    expect(proxy.counts).toMatchObject({ connections: 1, requests: 1, tunnels: 1 });
  });

  test('an address of IPv6 is reached', async () => {
    const server = await shared.https({ host: '::1' });
    const proxy = await shared.proxy({ host: '::1', tls: await tlsOfProxy() });
    const http = await through(proxy);
    await expectConnected(http, '::1', server.port);
    expect((await get(http, '/bytes/1000')).body).toHaveLength(1000);
    expect((await proxy.connected()).asked[0]?.[0]).toBe(`CONNECT [::1]:${server.port} HTTP/1.1`);
  });

  test('a poll and a read sleep in blocking mode', async () => {
    const proxy = await shared.proxy({ hosts: HOSTS, tls: await tlsOfProxy() });
    const http = await through(proxy);
    http.blockingModeEnabled = true;
    http.connectToHost('target.test', target.port, trusted);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    http.request(Method.GET, '/bytes/1000', []);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.BODY]);
    expect(http.readResponseBodyChunk()).toHaveLength(1000);
  });

  test.each<[string, string]>([
    ['no fields', 'HTTP/1.1 200 Connection established\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 Connection established\r\nProxy-Agent: old\r\n\r\n'],
    ['no reason', 'HTTP/1.1 200 \r\n\r\n'],
    ['201', 'HTTP/1.1 201 Created\r\n\r\n'],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['299', 'HTTP/1.1 299 Strange\r\n\r\n'],
    ['Content-Length: 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    // RFC 9110 section 9.3.6: in a successful answer to CONNECT both mean nothing.
    ['Content-Length: 5', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['Transfer-Encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['both', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n'],
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
    ['much', `HTTP/1.1 200 OK\r\n${'X-Filler: filler\r\n'.repeat(200)}\r\n`],
    [
      'interim answers before it',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ],
  ])('a tunnel is open after an answer with %s, whole or byte by byte', async (_what, reply) => {
    const ways: Script[] = [[{ send: reply }], [{ sendEach: reply }]];
    const tunnelTo = { host: target.host, port: target.port };
    const scripts = ways.map((steps): Script => [{ expectHead: true }, ...steps, { tunnelTo }]);
    const proxy = await shared.raw(scripts, { tls: await tlsOfProxy() });
    const http = await through(proxy);
    for (const _ of ways) {
      await expectConnected(http, 'target.test', 443);
      expect(http.hasResponse()).toBe(false);
      const { code, body } = await get(http, '/bytes/1000');
      expect([code, body.length]).toEqual([200, 1000]);
    }
  });

  test('bytes behind the answer belong to the tunnel', async () => {
    // The TLS client speaks first, so all that can come so early is an alert: here, handshake_failure.
    const alert = Buffer.from('15030300020228', 'hex');
    const reply = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), alert]);
    const tls = await tlsOfProxy();
    const proxy = await shared.raw([{ expectHead: true }, { send: reply }, { hold: true }], { tls });
    const http = await through(proxy);
    http.connectToHost('target.test', 443, trusted);
    expect(await failed(http)).toMatchObject({
      status: Status.TLS_HANDSHAKE_ERROR,
      error: ErrorCode.ERR_CANT_CONNECT,
      phase: 'tls',
      code: expect.stringContaining('ALERT_HANDSHAKE_FAILURE'),
    });
  });

  test.each<[string, string, () => Promise<{ key: string; cert: string }>, string]>([
    [
      'another name',
      'target.test',
      () => ca.issue({ dnsNames: ['elsewhere.test'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['the name of the proxy', 'target.test', () => ca.issue(), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ["the proxy's root", 'localhost', () => proxyCA.issue(), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('a target with a certificate of %s is not connected to', async (_what, host, issue, code) => {
    const server = await shared.https({ tls: await issue() });
    const proxy = await shared.proxy({ hosts: HOSTS, tls: await tlsOfProxy() });
    const http = await through(proxy);
    http.connectToHost(host, server.port, trusted);
    const failure = await failed(http);
    expect(failure).toMatchObject({ status: Status.TLS_HANDSHAKE_ERROR, phase: 'tls', code });
    expect(failure.message).toContain(`${host}:${server.port}`);
    expect([proxy.counts.tunnels, server.counts.requests]).toEqual([1, 0]);
  });

  test('a body that nobody reads is held back', async () => {
    const pool = new WorkerPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const period = Buffer.from(patternView(0, 65_521));
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 40}\r\n\r\n`;
    const server = await shared.raw([{ expectHead: true }, { send: head }, { sendForever: period }], {
      tls: true,
    });
    const proxy = await shared.proxy({ tls: await tlsOfProxy() });
    const options = { pool, bufferSize: 65_536, limits: { headSize: 2048, headFields: 32 } };
    const http = await through(proxy, options);
    await expectConnected(http, server.host, server.port);
    http.request(Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.BODY);
    const end = performance.now() + 20_000;
    while ((await pool.stats()).bytesRead < 32_768) expect(performance.now()).toBeLessThan(end);
    // More than the client's memory, so that something holds it back: and no more than sockets and streams may hold.
    server.blockUntil('a full connection', ({ sent }) => sent > 131_072);
    for (let round = 0; round < 50; round++) expect((await pool.stats()).bytesRead).toBeLessThan(524_288);
    const chunk = new Uint8Array(50_000);
    for (let at = 0; at < 10_000_000; ) {
      const count = http.readResponseBodyInto(chunk);
      checkPattern(chunk.subarray(0, count), at);
      at += count;
      expect(http.getStatus(), JSON.stringify(http.getLastError())).toBe(Status.BODY);
      if (count === 0) await new Promise(setImmediate);
    }
  });

  test('the end of the tunnel is the end of the connection', async () => {
    const server = await shared.raw([{ waitFor: 'go' }, { end: true }], { tls: true });
    const proxy = await shared.proxy({ tls: await tlsOfProxy() });
    const http = await through(proxy);
    await expectConnected(http, server.host, server.port);
    server.release('go');
    expect(await failed(http)).toMatchObject({
      status: Status.CONNECTION_ERROR,
      error: ErrorCode.ERR_CONNECTION_ERROR,
      phase: 'idle',
      code: 'CONNECTION_CLOSED',
    });
  });

  test('close() ends the connection to the proxy, and the one behind it', async () => {
    const server = await shared.https();
    const proxy = await shared.proxy({ tls: await tlsOfProxy() });
    const http = await through(proxy);
    await expectConnected(http, server.host, server.port);
    http.close();
    await Promise.all([proxy.closed(), server.closed()]);
  });
});

test('a target with TLS has its own proxy: setHttpProxy() is for others', async () => {
  const proxy = await shared.proxy();
  const http = new HTTPClient();
  http.setHttpProxy(proxy.host, proxy.port);
  await expectConnected(http, target.host, target.port);
  http.setHttpsProxy(proxy.host, proxy.port);
  expect((await get(http, '/bytes/3')).body).toHaveLength(3);
  expect(proxy.counts.connections).toBe(0);
  await expectConnected(http, target.host, target.port);
  expect(proxy.counts.tunnels).toBe(1);
  http.setHttpsProxy('', -1);
  await expectConnected(http, target.host, target.port);
  expect(proxy.counts.connections).toBe(1);
});

test('nothing is looked up but the name of the proxy', async () => {
  const proxy = await shared.proxy({ hosts: HOSTS });
  const journey: Journey = { target: ['target.test', target.port], ca: ca.cert };
  const connected = { status: Status.CONNECTED, code: null };
  expect(await travel(journey)).toEqual({ ...connected, lookups: ['target.test'] });
  for (const [host, lookups] of [
    ['proxy.test', ['proxy.test']],
    ['127.0.0.1', []],
  ] as const) {
    expect(await travel({ ...journey, proxy: [host, proxy.port] })).toEqual({ ...connected, lookups });
  }
});

test('with TLSOptions.clientUnsafe() as proxyTLS any certificate of the proxy is taken', async () => {
  const proxy = await shared.proxy({ tls: await proxyCA.issue({ dnsNames: ['elsewhere.test'] }) });
  const http = proxied(proxy, { scheme: 'https' }, { proxyTLS: TLSOptions.clientUnsafe() });
  await expectConnected(http, target.host, target.port);
});

test('a client goes on without the proxy after one that failed', async () => {
  const proxy = await shared.raw(REFUSING);
  const http = proxied(proxy);
  http.connectToHost(target.host, target.port, trusted);
  expect((await failed(http)).status).toBe(Status.CANT_CONNECT);
  http.setHttpsProxy('', -1);
  await expectConnected(http, target.host, target.port);
  expect((await get(http, '/bytes/3')).body).toHaveLength(3);
});
