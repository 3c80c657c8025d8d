import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { connect, exchange, get, readBody, settled, text, UNKNOWN_NAME } from '../../../support/client.ts';
import { checkPattern, fillPattern } from '../../../support/pattern.mjs';
import { failed, proxied, travel, type Way } from '../../../support/proxied.ts';
import { type Script, type Servers, startServers, type TestServer, test } from '../../../support/servers.ts';

const { GET, POST, OPTIONS, CONNECT } = Method;
const HOSTS = { 'target.test': '127.0.0.1' };
const EMPTY = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const BASIC = 'Proxy-Authorization: Basic';

/** As a proxy that answers everything itself. */
const ANSWERING: Script = [{ expectHead: true }, { send: EMPTY }];

let shared: Servers;
let target: TestServer;
beforeAll(async () => {
  shared = await startServers();
  target = await shared.http();
});
afterAll(() => shared.close());

/** What `proxy` was sent on one connection by itself, as lines. */
async function linesTo(proxy: TestServer, index = 0): Promise<string[]> {
  return text((await proxy.connected(index)).received).split('\r\n');
}

async function expectConnected(http: HTTPClient, host: string, port: number): Promise<void> {
  expect(http.connectToHost(host, port)).toBe(ErrorCode.OK);
  expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
}

describe('what a proxy is asked, when the target is plain', () => {
  test.each<[string, number, Method, string, string, string]>([
    ['target.test', 8080, GET, '/a?b=c', 'GET http://target.test:8080/a?b=c', 'target.test:8080'],
    ['target.test', 80, GET, '/', 'GET http://target.test/', 'target.test'],
    ['http://target.test', -1, POST, '/', 'POST http://target.test/', 'target.test'],
    ['http://target.test', 443, GET, '/', 'GET http://target.test:443/', 'target.test:443'],
    ['127.0.0.1', 8080, GET, '/', 'GET http://127.0.0.1:8080/', '127.0.0.1:8080'],
    ['::1', 8080, GET, '/a', 'GET http://[::1]:8080/a', '[::1]:8080'],
    ['[::1]', 80, GET, '/a', 'GET http://[::1]/a', '[::1]'],
    ['Bücher.test', 80, GET, '/', 'GET http://xn--bcher-kva.test/', 'xn--bcher-kva.test'],
    // What names its server already stays as it is.
    ['target.test', 8080, GET, 'http://other.test/x', 'GET http://other.test/x', 'other.test'],
    ['target.test', 8080, GET, 'https://other.test:1/', 'GET https://other.test:1/', 'other.test:1'],
    ['target.test', 8080, CONNECT, 'other.test:1', 'CONNECT other.test:1', 'other.test:1'],
    // RFC 9112 section 3.2.4: no path, from which the last proxy makes the asterisk.
    ['target.test', 8080, OPTIONS, '*', 'OPTIONS http://target.test:8080', 'target.test:8080'],
    ['target.test', 80, OPTIONS, '*', 'OPTIONS http://target.test', 'target.test'],
    ['target.test', 80, OPTIONS, '/', 'OPTIONS http://target.test/', 'target.test'],
  ])('to %s port %i, method %i, url %s: %s', async (host, port, method, url, line, field) => {
    const proxy = await shared.raw(ANSWERING);
    const http = proxied(proxy);
    await expectConnected(http, host, port);
    expect((await exchange(http, method, url, ['X-Own: 1'])).code).toBe(200);
    const [first, ...fields] = await linesTo(proxy);
    expect(first).toBe(`${line} HTTP/1.1`);
    expect(fields.filter((name) => /^host:/i.test(name))).toEqual([`Host: ${field}`]);
    expect(fields).toContain('X-Own: 1');
    expect(fields.join()).not.toMatch(/proxy/i);
  });

  test("the caller's own Host is sent as it is", async () => {
    const proxy = await shared.raw(ANSWERING);
    const http = proxied(proxy);
    await expectConnected(http, 'target.test', 80);
    await get(http, '/', ['Host: my.test']);
    const [first, ...fields] = await linesTo(proxy);
    expect(first).toBe('GET http://target.test/ HTTP/1.1');
    expect(fields.filter((name) => /^host:/i.test(name))).toEqual(['Host: my.test']);
  });
});

describe('plain requests through a proxy', () => {
  test('are relayed, many on one connection, to a name that only the proxy knows', async () => {
    const server = await shared.http();
    const proxy = await shared.proxy({ hosts: HOSTS });
    const http = proxied(proxy);
    await expectConnected(http, 'target.test', server.port);
    for (const url of ['/bytes/300000', '/chunked/300000']) {
      const { code, body, status } = await get(http, url);
      expect([code, body.length, status]).toEqual([200, 300_000, Status.CONNECTED]);
      checkPattern(body);
    }
    const sent = fillPattern(new Uint8Array(500_000));
    const echo = await exchange(http, POST, '/echo', [], sent);
    expect(echo.body).toHaveLength(sent.length);
    checkPattern(echo.body);
    expect((await get(http, '/status/418')).code).toBe(418);
    expect(proxy.counts).toMatchObject({ connections: 1, requests: 4, tunnels: 0 });
    expect(server.counts.requests).toBe(4);
  });

  test.each(['127.0.0.1', '::1', 'localhost'])('go to a proxy at %s', async (host) => {
    const listening = await shared.proxy({ host: host === 'localhost' ? '127.0.0.1' : host });
    const http = proxied({ host, port: listening.port });
    await expectConnected(http, target.host, target.port);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
    expect(listening.counts.requests).toBe(1);
  });

  test('have their answer in blocking mode too', async () => {
    const proxy = await shared.proxy({ hosts: HOSTS });
    const http = proxied(proxy);
    http.blockingModeEnabled = true;
    http.connectToHost('target.test', target.port);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    http.request(GET, '/bytes/1000', []);
    expect([http.poll(), http.getStatus(), http.getResponseCode()]).toEqual([ErrorCode.OK, Status.BODY, 200]);
    expect(http.readResponseBodyChunk()).toHaveLength(1000);
    expect(proxy.counts.requests).toBe(1);
  });

  test('look nothing up but the name of the proxy', async () => {
    const proxy = await shared.proxy({ hosts: HOSTS });
    const through = (host: string): [string, number] => [host, proxy.port];
    const there: [string, number] = ['target.test', target.port];
    const connected = { status: Status.CONNECTED, code: null };
    expect(await travel({ target: there })).toEqual({ ...connected, lookups: ['target.test'] });
    expect(await travel({ target: there, proxy: through('proxy.test') })).toEqual({
      ...connected,
      lookups: ['proxy.test'],
    });
    expect(await travel({ target: there, proxy: through('127.0.0.1') })).toEqual({
      ...connected,
      lookups: [],
    });
  });

  test('over TLS: the proxy is verified as proxyTLS says', async () => {
    const proxy = await shared.proxy({ tls: true, hosts: HOSTS });
    const { cert } = await shared.authority();
    for (const host of ['127.0.0.1', 'localhost']) {
      const http = proxied(
        { host, port: proxy.port },
        { scheme: 'https' },
        { proxyTLS: TLSOptions.client(cert) },
      );
      await expectConnected(http, 'target.test', target.port);
      const { code, body } = await get(http, '/bytes/300000');
      expect([code, body.length]).toEqual([200, 300_000]);
    }
    expect((await proxy.secured()).asked[0]?.[0]).toMatch(/^GET http:\/\/target\.test:\d+\/bytes/);
    expect(proxy.counts.tunnels).toBe(0);
  });
});

describe('credentials', () => {
  const encoded = (login: string) => Buffer.from(login).toString('base64');
  const proxyCredentials = { username: 'me', password: 'option' };

  test.each<[string, Way, HTTPClientOptions, string]>([
    ['of the host', { login: 'me:secret@' }, {}, 'me:secret'],
    ['of the options', {}, { proxyCredentials }, 'me:option'],
    ['of the host, rather than of the options', { login: 'me:secret@' }, { proxyCredentials }, 'me:secret'],
    ['with escapes', { login: 'm%40e:s%3Ae%2Fc%25@' }, {}, 'm@e:s:e/c%'],
    ['beyond ASCII, as UTF-8', { login: 'm%C3%A9:пароль@' }, {}, 'mé:пароль'],
    ['without a password', { login: 'me@' }, {}, 'me:'],
  ])('%s are sent at once, with each request', async (_what, way, options, login) => {
    const script: Script = [...ANSWERING, ...ANSWERING];
    const proxy = await shared.raw(script);
    const http = proxied(proxy, way, options);
    await expectConnected(http, 'target.test', 80);
    for (let i = 0; i < 2; i++) expect((await get(http, '/')).code).toBe(200);
    const fields = (await linesTo(proxy)).filter((line) => /^proxy-/i.test(line));
    expect(fields).toEqual(Array(2).fill(`${BASIC} ${encoded(login)}`));
  });

  test('of the options that HTTP cannot send are refused when a proxy is used, and not sent in part', async () => {
    const proxy = await shared.raw(ANSWERING);
    const http = proxied(proxy, {}, { proxyCredentials: { username: 'a:b', password: 'secret' } });
    http.connectToHost('target.test', 80);
    const failure = await failed(http);
    expect(failure).toMatchObject({ status: Status.CANT_CONNECT, phase: 'proxy', code: 'INVALID_PROXY' });
    expect(failure.message).not.toContain('secret');
    expect(proxy.counts.connections).toBe(0);
    http.setHttpProxy('', -1);
    await expectConnected(http, target.host, target.port);
  });

  test('open a proxy that wants them; without them its 407 is an answer like any other', async () => {
    const proxy = await shared.proxy({ credentials: { username: 'me', password: 'päss:word' } });
    const without = proxied(proxy);
    await expectConnected(without, target.host, target.port);
    const answer = await get(without, '/bytes/10');
    expect(answer.code).toBe(407);
    expect(without.getResponseHeader('Proxy-Authenticate')).toMatch(/^Basic /);
    expect(without.getLastError()).toBeNull();
    expect([Status.CONNECTED, Status.DISCONNECTED]).toContain(answer.status);

    const http = proxied(proxy, { login: 'me:p%C3%A4ss%3Aword@' });
    await expectConnected(http, target.host, target.port);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
    expect(proxy.counts.requests).toBe(2);
  });

  test("of the caller's own header are the only ones", async () => {
    const proxy = await shared.raw(ANSWERING);
    const http = proxied(proxy, { login: 'me:secret@' });
    await expectConnected(http, 'target.test', 80);
    await get(http, '/', ['proxy-authorization: Bearer mine']);
    const fields = (await linesTo(proxy)).filter((line) => /^proxy-/i.test(line));
    expect(fields).toEqual(['proxy-authorization: Bearer mine']);
  });

  test('are not sent to whoever it is that a 101 leads to', async () => {
    const consent = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n';
    const proxy = await shared.raw([{ expectHead: true }, { send: consent }, ...ANSWERING]);
    const http = proxied(proxy, { login: 'me:secret@' });
    await expectConnected(http, 'target.test', 80);
    expect((await exchange(http, GET, '/', ['Upgrade: x'])).code).toBe(101);
    expect((await get(http, '/inside')).code).toBe(200);
    const [asked, inside] = text((await proxy.connected()).received).split('GET /inside HTTP/1.1');
    expect(asked).toContain(BASIC);
    expect(inside).toContain('Host: target.test');
    expect(inside).not.toContain(BASIC);
  });

  test('are not sent where no proxy is, nor to the next one', async () => {
    const server = await shared.raw(ANSWERING);
    const http = proxied(target, { login: 'me:secret@' });
    http.setHttpProxy('', -1);
    await expectConnected(http, server.host, server.port);
    await get(http, '/');
    http.setHttpProxy(server.host, server.port);
    await expectConnected(http, 'target.test', 80);
    await get(http, '/');
    for (const index of [0, 1]) expect((await linesTo(server, index)).join()).not.toMatch(/proxy-/i);
  });
});

describe('a proxy is set', () => {
  test('for the next connection: the one there is goes on', async ({ servers }) => {
    const server = await servers.http();
    const proxy = await servers.proxy();
    const http = await connect(server);
    http.setHttpProxy(proxy.host, proxy.port);
    expect(await get(http, '/inspect')).toMatchObject({ code: 200 });
    expect(proxy.counts.connections).toBe(0);
    await expectConnected(http, server.host, server.port);
    await get(http, '/inspect');
    expect(proxy.counts.requests).toBe(1);
    http.setHttpProxy('', -1);
    await get(http, '/inspect');
    expect(proxy.counts.requests).toBe(2);
    await expectConnected(http, server.host, server.port);
    await get(http, '/inspect');
    expect([proxy.counts.requests, server.counts.requests]).toEqual([2, 4]);
  });

  test.each<[string, number]>([
    ['', 8080],
    ['', -1],
    ['127.0.0.1', -1],
  ])('and unset by %j and %i', async (host, port) => {
    const proxy = await shared.proxy();
    const http = proxied(proxy);
    http.setHttpProxy(host, port);
    await expectConnected(http, target.host, target.port);
    expect(proxy.counts.connections).toBe(0);
  });

  test('by setHttpsProxy() only for targets with TLS', async () => {
    const proxy = await shared.proxy();
    const http = new HTTPClient();
    http.setHttpsProxy(proxy.host, proxy.port);
    await expectConnected(http, target.host, target.port);
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    expect(proxy.counts.connections).toBe(0);
  });

  test('for one client, not for others', async () => {
    const proxy = await shared.proxy();
    proxied(proxy);
    await expectConnected(new HTTPClient(), target.host, target.port);
    expect(proxy.counts.connections).toBe(0);
  });

  test.each([
    ['ftp://me:secret@127.0.0.1', 8080],
    ['me:secret@127.0.0.1/path', 8080],
    ['me:secret@127.0.0.1', 0],
    ['me:secret@127.0.0.1', 65_536],
  ])('badly (%s, %i): connectToHost() refuses to go past it', async (host, port) => {
    const server = await shared.http();
    const http = new HTTPClient();
    http.setHttpProxy(host, port);
    const invalid = { phase: 'argument', code: 'INVALID_PROXY' };
    expect(http.getLastError()).toMatchObject(invalid);
    for (let i = 0; i < 2; i++) {
      expect(http.connectToHost(server.host, server.port)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(http.getStatus()).toBe(Status.DISCONNECTED);
      expect(http.getLastError()).toMatchObject(invalid);
      expect(http.getLastError()?.message).not.toContain('secret');
    }
    expect(server.counts.connections).toBe(0);
    http.setHttpProxy('', -1);
    expect(http.getLastError()).toBe(null);
    await expectConnected(http, server.host, server.port);
  });
});

describe('a proxy that fails before it is asked anything', () => {
  const SECRET = { login: 'me:s3cret@' };

  test('a port that nobody listens at: CANT_CONNECT', async () => {
    const port = await shared.refusedPort();
    const http = proxied({ host: '127.0.0.1', port }, SECRET);
    http.connectToHost(target.host, target.port);
    const failure = await failed(http);
    expect(failure).toMatchObject({
      status: Status.CANT_CONNECT,
      error: ErrorCode.ERR_CANT_CONNECT,
      phase: 'connect',
      code: 'ECONNREFUSED',
    });
    expect(failure.message).toContain(`127.0.0.1:${port}`);
    expect(failure.message).toMatch(/proxy/i);
    expect(failure.message).not.toContain('s3cret');
  });

  test('a name that is unknown: CANT_RESOLVE', async () => {
    const http = proxied({ host: UNKNOWN_NAME, port: 8080 }, SECRET);
    http.connectToHost(target.host, target.port);
    expect(http.getStatus()).toBe(Status.RESOLVING);
    const failure = await failed(http);
    expect(failure).toMatchObject({
      status: Status.CANT_RESOLVE,
      error: ErrorCode.ERR_CANT_RESOLVE,
      phase: 'resolve',
      code: 'ENOTFOUND',
    });
    expect(failure.message).toContain(UNKNOWN_NAME);
    expect(failure.message).not.toContain('s3cret');
  });

  test('no answer to the connection: CANT_CONNECT', async ({ servers }) => {
    const silent = await servers.silent({ full: true });
    const http = proxied(silent, SECRET, { timeouts: { connect: 200 } });
    http.connectToHost(target.host, target.port);
    expect(await failed(http)).toMatchObject({ status: Status.CANT_CONNECT, code: 'CONNECT_TIMEOUT' });
  });

  test('a certificate that is not trusted: TLS_HANDSHAKE_ERROR', async () => {
    const proxy = await shared.proxy({ tls: true });
    const http = proxied(proxy, { scheme: 'https', ...SECRET });
    http.connectToHost(target.host, target.port);
    const failure = await failed(http);
    expect(failure).toMatchObject({
      status: Status.TLS_HANDSHAKE_ERROR,
      error: ErrorCode.ERR_CANT_CONNECT,
      phase: 'tls',
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    expect(failure.message).toContain(`${proxy.host}:${proxy.port}`);
    expect(failure.message).not.toContain('s3cret');
    expect(proxy.counts.requests).toBe(0);
  });

  test('the connection to the proxy is lost: as a connection to a server is', async () => {
    const proxy = await shared.raw([
      { expectHead: true },
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf' },
      { end: true },
    ]);
    const http = proxied(proxy);
    await expectConnected(http, 'target.test', 80);
    http.request(GET, '/', []);
    await settled(http);
    expect(text(await readBody(http))).toBe('half');
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ phase: 'body', code: 'TRUNCATED_BODY' });
  });
});
