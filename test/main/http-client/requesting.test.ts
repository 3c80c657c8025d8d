import { readFileSync } from 'node:fs';
import { ErrorCode, Method, Status } from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { requestHead } from '../../../src/worker/http1/request-head.ts';
import { connect, exchange, get, inspect, settled, text } from '../../support/client.ts';
import { type Script, type Servers, startServers, type TestServer, test } from '../../support/servers.ts';

const { GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, CONNECT, PATCH } = Method;
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
const AGENT = `User-Agent: tickhttp/${version}`;

/** An answer without a body to any method, over a connection that stays. */
const ANSWER = 'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n';
const answering = (bodyLength = 0): Script => [
  { expectHead: true },
  { expectBytes: bodyLength },
  { send: ANSWER },
  { hold: true },
];

let servers: Servers;
let routes: TestServer;
let wire: TestServer;
beforeAll(async () => {
  servers = await startServers();
  [routes, wire] = await Promise.all([servers.http(), servers.raw(answering())]);
});
afterAll(() => servers.close());

/** The lines of a request as the server got them, without the blank line. */
async function linesOnTheWire(
  method: Method,
  url: string,
  headers: readonly string[] = [],
  body?: string,
): Promise<string[]> {
  const index = wire.counts.connections;
  const http = await connect(wire);
  await exchange(http, method, url, headers, body);
  const sent = text((await wire.connected(index)).received);
  http.close();
  expect(sent.endsWith('\r\n\r\n')).toBe(true);
  return sent.slice(0, -4).split('\r\n');
}

const host = () => `Host: 127.0.0.1:${wire.port}`;
const USUAL = [AGENT, 'Accept: */*'];
const AGENT_AND_ACCEPT = ['User-Agent', `tickhttp/${version}`, 'Accept', '*/*'];

describe('the request line and the default fields', () => {
  test.each<[string, Method, string, string[]]>([
    ['GET', GET, '/index?x=1&y=%20', []],
    ['HEAD', HEAD, '/', []],
    ['POST', POST, '/', ['Content-Length: 0']],
    ['PUT', PUT, '/', ['Content-Length: 0']],
    ['DELETE', DELETE, '/', []],
    ['OPTIONS', OPTIONS, '/', []],
    ['OPTIONS', OPTIONS, '*', []],
    ['TRACE', TRACE, '/', []],
    ['PATCH', PATCH, '/', ['Content-Length: 0']],
  ])(
    '%s is sent with Host, what its body needs, User-Agent and Accept',
    async (name, method, url, length) => {
      const lines = await linesOnTheWire(method, url);
      expect(lines).toEqual([`${name} ${url} HTTP/1.1`, host(), ...length, ...USUAL]);
    },
  );

  test.each(['example.com:443', '[2001:db8::1]:8443'])(
    'CONNECT %s names its authority in Host',
    async (url) => {
      expect(await linesOnTheWire(CONNECT, url)).toEqual([
        `CONNECT ${url} HTTP/1.1`,
        `Host: ${url}`,
        ...USUAL,
      ]);
    },
  );

  test.each([
    ['http://example.com/a?b', 'example.com'],
    ['https://example.com:8443', 'example.com:8443'],
    ['http://[::1]:81?q', '[::1]:81'],
  ])('%s is sent whole, and decides about Host', async (url, authority) => {
    expect(await linesOnTheWire(GET, url)).toEqual([`GET ${url} HTTP/1.1`, `Host: ${authority}`, ...USUAL]);
  });

  test.each<[Method, string, string]>([
    [GET, '/a?b=c#d', '/a?b=c'],
    [GET, '/#', '/'],
    [GET, '/a#b#c', '/a'],
    [GET, '/a#b?c /d \0\r\nX: y', '/a'],
    [GET, 'http://example.com#top', 'http://example.com'],
    [GET, 'https://example.com/?a#/b', 'https://example.com/?a'],
    [OPTIONS, '*#x', '*'],
    [CONNECT, 'example.com:443#x', 'example.com:443'],
  ])('method %i: the fragment of %j is not sent', async (method, url, sent) => {
    const [line] = await linesOnTheWire(method, url);
    expect(line?.split(' ').slice(1)).toEqual([sent, 'HTTP/1.1']);
  });

  test("the caller's fields come first, unchanged and in order, duplicates too", async () => {
    const headers = ['X-One: 1', 'x-tWO:2', 'X-One:  again ', 'X-Empty:', 'X-Tab: a\tb', 'X-Colons: a:b: c'];
    expect(await linesOnTheWire(GET, '/', headers)).toEqual(['GET / HTTP/1.1', ...headers, host(), ...USUAL]);
  });

  test.each([
    ['host: example.com', ['Content-Length: 0', ...USUAL]],
    ['USER-AGENT: mine', ['Host', 'Content-Length: 0', 'Accept: */*']],
    ['aCCept:text/html', ['Host', 'Content-Length: 0', AGENT]],
    ['content-length: 0', ['Host', ...USUAL]],
    ['Hosts: many', ['Host', 'Content-Length: 0', ...USUAL]],
    ['X-Accept: none', ['Host', 'Content-Length: 0', ...USUAL]],
  ])('given %j only the default of that very name is left out', async (header, rest) => {
    const expected = rest.map((line) => (line === 'Host' ? host() : line));
    expect(await linesOnTheWire(POST, '/', [header])).toEqual(['POST / HTTP/1.1', header, ...expected]);
  });

  test('text beyond ASCII goes out as UTF-8', async () => {
    const lines = await linesOnTheWire(GET, '/grüße/世界', ['X-Name: Žluťoučký 🎮']);
    expect(lines.slice(0, 2)).toEqual(['GET /grüße/世界 HTTP/1.1', 'X-Name: Žluťoučký 🎮']);
  });

  test('IPv6 addresses stand in brackets in Host', async () => {
    const server = await servers.http({ host: '::1' });
    const http = await connect(server);
    const { rawHeaders } = await inspect(http, GET);
    expect(rawHeaders).toEqual(['Host', `[::1]:${server.port}`, ...AGENT_AND_ACCEPT]);
  });

  test.each([
    ['example.com', 80, false, 'example.com'],
    ['example.com', 443, false, 'example.com:443'],
    ['example.com', 443, true, 'example.com'],
    ['example.com', 80, true, 'example.com:80'],
    ['::1', 80, false, '[::1]'],
    ['::1', 8080, true, '[::1]:8080'],
    ['fe80::1%eth0', 80, false, '[fe80::1]'],
  ])('Host for %s, port %i, TLS %s is %s: a default port is left out', (name, port, secure, expected) => {
    const message = {
      verb: 'request',
      method: 'GET',
      target: '/',
      headers: [],
      bodyLength: 0,
      body: [],
    } as const;
    const lines = requestHead(message, { host: name, port, secure, forwarding: null }).text.split('\r\n');
    expect(lines[1]).toBe(`Host: ${expected}`);
  });
});

describe('bodies', () => {
  test.each<[string, Method]>([
    ['HEAD', HEAD],
    ['POST', POST],
    ['PUT', PUT],
    ['DELETE', DELETE],
    ['OPTIONS', OPTIONS],
    ['PATCH', PATCH],
  ])('%s sends its body, with its length in bytes', async (name, method) => {
    const body = 'grüße, 世界 🎮';
    const size = Buffer.byteLength(body);
    const server = await servers.raw(answering(size));
    const http = await connect(server);
    await exchange(http, method, '/', ['Content-Type: text/plain'], body);
    const [head, sent] = text((await server.connected()).received).split('\r\n\r\n');
    expect(head?.split('\r\n')).toEqual([
      `${name} / HTTP/1.1`,
      'Content-Type: text/plain',
      `Host: 127.0.0.1:${server.port}`,
      `Content-Length: ${size}`,
      ...USUAL,
    ]);
    expect(sent).toBe(body);
  });

  test('a GET sends none, whatever is given, and the connection stays in step', async () => {
    expect(await linesOnTheWire(GET, '/', [], 'ignored')).toEqual(['GET / HTTP/1.1', host(), ...USUAL]);
    const http = await connect(routes);
    const bytes = new Uint8Array(10);
    for (const body of ['ignored', bytes]) {
      expect(await inspect(http, GET, [], body)).toMatchObject({ method: 'GET', bodyLength: 0 });
    }
    expect(http.getStatus()).toBe(Status.CONNECTED);
    expect(bytes).toHaveLength(10);
  });

  test("a right Content-Length of the caller's own is sent instead of another", async () => {
    const http = await connect(routes);
    const seen = await inspect(http, POST, ['content-LENGTH:  7 '], 'grüße');
    expect(seen.bodyLength).toBe(7);
    expect(seen.rawHeaders).toEqual(['content-LENGTH', '7', 'Host', expect.anything(), ...AGENT_AND_ACCEPT]);
  });

  test.each([0, 1, 65_537, 3_000_000])('%i raw bytes arrive as they are', async (size) => {
    const body = Uint8Array.from({ length: size }, (_, at) => at % 251);
    const http = await connect(routes);
    const answer = await exchange(http, PUT, '/echo', [], body);
    expect(answer.code).toBe(200);
    expect(Buffer.compare(answer.body, body)).toBe(0);
    expect(body).toHaveLength(size);
  });

  test('raw bytes are copied at once: what the caller does to them later is not sent', async () => {
    const memory = new Uint8Array(64).fill(7);
    const body = memory.subarray(8, 16);
    const http = await connect(routes);
    expect(http.requestRaw(POST, '/echo', [], body)).toBe(ErrorCode.OK);
    memory.fill(9);
    expect(await settled(http)).toBe(Status.BODY);
    expect(http.readResponseBodyChunk()).toEqual(new Uint8Array(8).fill(7));
  });

  test("with transferBody the caller's array is taken, but never memory that it shares", async () => {
    const http = await connect(routes, { transferBody: true });
    const echo = async (body: Uint8Array) =>
      new Uint8Array((await exchange(http, POST, '/echo', [], body)).body);
    const own = new Uint8Array(100_000).fill(1);
    expect(await echo(own)).toEqual(new Uint8Array(100_000).fill(1));
    expect(own).toHaveLength(0);
    const memory = new Uint8Array(64).fill(2);
    expect(await echo(memory.subarray(0, 8))).toEqual(new Uint8Array(8).fill(2));
    expect(memory).toHaveLength(64);
    expect(await echo(new Uint8Array(new SharedArrayBuffer(8)).fill(3))).toEqual(new Uint8Array(8).fill(3));
  });
});

describe('one connection', () => {
  test('carries many requests of all kinds, one after another', async () => {
    const server = await servers.http();
    const http = await connect(server);
    for (let round = 0; round < 10; round++) {
      expect((await get(http, '/bytes/1000')).body).toHaveLength(1000);
      expect((await exchange(http, HEAD, '/bytes/1000')).body).toHaveLength(0);
      expect(text((await exchange(http, POST, '/echo', [], `round ${round}`)).body)).toBe(`round ${round}`);
      expect((await get(http, '/chunked/1000?chunk=10')).body).toHaveLength(1000);
      expect((await exchange(http, DELETE, '/status/204')).code).toBe(204);
    }
    expect(server.counts).toMatchObject({ connections: 1, requests: 50, closed: 0 });
  });

  test.each(['Connection: close', 'connection:close', 'Connection: TE,  Close ', 'CONNECTION: close, TE'])(
    'ends after the answer if the caller asked so by %j, even if the server would go on',
    async (header) => {
      const index = wire.counts.connections;
      const http = await connect(wire);
      const { code, status } = await exchange(http, GET, '/', [header]);
      expect([code, status]).toEqual([501, Status.DISCONNECTED]);
      expect(http.getLastError()).toBeNull();
      await wire.ended(index);
    },
  );

  test.each(['Connection: keep-alive', 'Connection: closed', 'X-Connection: close', 'Connection: not-close'])(
    'goes on after %j',
    async (header) => {
      const http = await connect(routes);
      expect((await get(http, '/status/204', [header])).status).toBe(Status.CONNECTED);
      expect((await get(http, '/bytes/3')).body).toHaveLength(3);
    },
  );
});

test('a head arrives whole, whether it fits into the shared memory or travels as a message', async ({
  servers,
}) => {
  const http = await connect(await servers.http());
  for (const length of [1, 1800, 1850, 1900, 1950, 2000, 12_000, 10]) {
    const value = 'ü'.repeat(length);
    const { rawHeaders } = await inspect(http, GET, [`X-Long: ${value}`]);
    expect(Buffer.from(rawHeaders[1] ?? '', 'latin1').toString()).toBe(value);
  }
});
