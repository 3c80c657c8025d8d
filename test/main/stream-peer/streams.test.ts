import { ErrorCode, HTTPClient, Method, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { describe, expect, expectTypeOf } from 'vitest';
import { connect, get, pollUntil, settled, text, turn } from '../../support/client.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { proxied } from '../../support/proxied.ts';
import { type Script, type Step, test } from '../../support/servers.ts';
import {
  connectionOf,
  receive,
  receiveRest,
  send,
  switching,
  tunnel,
  UPGRADE,
  upgrade,
} from '../../support/streams.ts';

const HI = new TextEncoder().encode('hi');
const MEBI = 2 ** 20;
/** More than the kernel keeps of a connection that nobody reads, both ends together. */
const MUCH = 30_000_000;

/** A server that reads nothing until `read`, then so many bytes, and says so. */
const readingLate = (size: number) =>
  switching(
    { pauseReading: true },
    { waitFor: 'read' },
    { resumeReading: true },
    { expectBytes: size },
    { send: 'all' },
    { hold: true },
  );

describe('back-pressure', () => {
  test('a server is held back while nobody reads, and nothing is lost', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const bytes = fillPattern(new Uint8Array(MUCH));
    const server = await servers.raw(switching({ send: bytes }, { hold: true }));
    const http = await upgrade(server, { bufferSize: 16_384, pool });
    connectionOf(http).getAvailableBytes();
    const read = async () => (await pool.stats()).bytesRead;
    let [before, now] = [-1, 0];
    // Until it stands still: the buffer is full, and the system's memory.
    for (; before !== now; [before, now] = [now, server.counts.sent]) {
      for (let turns = 0; turns < 200; turns++) await turn();
      await read();
    }
    expect(await read()).toBeLessThan(2 * MEBI);
    expect(now).toBeLessThan(MUCH);
    checkPattern(await receive(http, MUCH));
  });

  test('a server that does not read is not written to without end, and gets everything in order later', async ({
    servers,
  }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw(readingLate(MUCH));
    const http = await upgrade(server, { pool });
    const peer = connectionOf(http);
    const bytes = fillPattern(new Uint8Array(MUCH));
    let at = 0;
    // Each answer of the thread is a turn in which it could have written more.
    for (let still = 0; still < 100; still++, await pool.stats()) {
      const [error, sent] = peer.putPartialData(bytes.subarray(at, at + 1_000_000));
      expect(error).toBe(ErrorCode.OK);
      if (sent > 0) still = 0;
      at += sent;
    }
    expect(at).toBeLessThan(MUCH);
    // All or nothing, and now it is nothing.
    expect(peer.putData(bytes.subarray(at, at + MEBI))).toBe(ErrorCode.ERR_BUSY);
    expect(peer.putPartialData(bytes.subarray(at))).toEqual([ErrorCode.OK, 0]);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    server.release('read');
    await send(http, bytes.subarray(at));
    expect(text(await receive(http, 3))).toBe('all');
    const [record] = await server.connections();
    const body = Buffer.from(record?.received ?? []);
    checkPattern(body.subarray(body.indexOf('\r\n\r\n') + 4));
  });

  test('putData takes anything while nothing is under way', async ({ servers }) => {
    const server = await servers.raw(readingLate(MUCH));
    const http = await upgrade(server);
    const bytes = new Uint8Array(MUCH);
    expect(connectionOf(http).putData(bytes)).toBe(ErrorCode.OK);
    // It was copied: the caller may do with it what it likes.
    expect(bytes).toHaveLength(MUCH);
    expect(connectionOf(http).putData(HI)).toBe(ErrorCode.ERR_BUSY);
    server.release('read');
    expect(text(await receive(http, 3))).toBe('all');
    await pollUntil(http, 'room', () => connectionOf(http).putData(new Uint8Array(MEBI)) === ErrorCode.OK);
    expect(connectionOf(http).putData(new Uint8Array(0))).toBe(ErrorCode.OK);
  });
});

test('what is read has memory of its own, by its type too', async ({ servers }) => {
  const server = await servers.raw(switching({ send: 'hello' }, { hold: true }));
  const http = await upgrade(server);
  const peer = connectionOf(http);
  await pollUntil(http, 'all five', () => peer.getAvailableBytes() === 5);
  const [error, data] = peer.getData(2);
  const [, rest] = peer.getPartialData(9);
  expectTypeOf([data, rest]).toEqualTypeOf<Uint8Array<ArrayBuffer>[]>();
  expect([error, text(data), text(rest)]).toEqual([ErrorCode.OK, 'he', 'llo']);
  for (const { buffer } of [data, rest]) expect(buffer).toBeInstanceOf(ArrayBuffer);
});

describe('in blocking mode, while the event loop does not turn', () => {
  test('getData and putData sleep for as long as it takes', async ({ servers }) => {
    const size = 3_000_000;
    const back = fillPattern(new Uint8Array(size));
    const server = await servers.raw(switching({ expectBytes: 4 * size }, { send: back }, { end: true }));
    const http = await upgrade(server, { bufferSize: 65_536 });
    http.blockingModeEnabled = true;
    const peer = connectionOf(http);
    for (let times = 0; times < 4; times++) expect(peer.putData(back)).toBe(ErrorCode.OK);
    // More than fits into the buffer.
    const [error, data] = peer.getData(size - 10);
    expect([error, data.length]).toEqual([ErrorCode.OK, size - 10]);
    checkPattern(data);
    const [end, rest] = peer.getData(1000);
    expect([end, rest.length]).toEqual([ErrorCode.ERR_FILE_EOF, 10]);
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
  });

  test('no longer than timeouts.blocking, and what came meanwhile is in the result', async ({ servers }) => {
    const server = await servers.raw(
      switching({ send: 'abc' }, { pauseReading: true }, { waitFor: 'never' }),
    );
    const http = await upgrade(server, { timeouts: { blocking: 50 } });
    http.blockingModeEnabled = true;
    const peer = connectionOf(http);
    expect(peer.getData(4)).toEqual([ErrorCode.ERR_TIMEOUT, Uint8Array.from(Buffer.from('abc'))]);
    const start = performance.now();
    expect(peer.getPartialData(4)).toEqual([ErrorCode.OK, new Uint8Array(0)]);
    expect(peer.putData(new Uint8Array(MUCH))).toBe(ErrorCode.OK);
    expect(peer.putPartialData(HI)).toEqual([ErrorCode.OK, 0]);
    expect(peer.putData(HI)).toBe(ErrorCode.ERR_TIMEOUT);
    expect(performance.now() - start).toBeGreaterThan(49);
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('putData is woken by the end of the connection, whatever is unread', async ({ servers }) => {
    const server = await servers.raw(
      switching({ send: 'abc' }, { pauseReading: true }, { waitFor: 'go' }, { reset: true }),
    );
    const http = await upgrade(server);
    http.blockingModeEnabled = true;
    const peer = connectionOf(http);
    await pollUntil(http, 'abc', () => peer.getAvailableBytes() === 3);
    expect(peer.putData(new Uint8Array(MUCH))).toBe(ErrorCode.OK);
    server.release('go');
    expect(peer.putData(HI)).toBe(ErrorCode.FAILED);
    expect(peer.getData(4)).toEqual([ErrorCode.FAILED, Uint8Array.from(Buffer.from('abc'))]);
    expect(http.getLastError()?.code).toMatch(/ECONNRESET|EPIPE/);
  });
});

test('no time limit of an answer holds for a stream', async ({ servers }) => {
  const server = await servers.raw(
    switching({ expectBytes: 2 }, { send: 'abc' }, { expectBytes: 2 }, { send: 'def' }, { hold: true }),
  );
  const http = await upgrade(server, { timeouts: { headers: 3000, body: 50, request: 3000 } });
  await send(http, HI);
  expect(text(await receive(http, 3))).toBe('abc');
  const end = performance.now() + 3200;
  await pollUntil(http, 'the time', () => performance.now() > end);
  await send(http, HI);
  expect(text(await receive(http, 3))).toBe('def');
});

/** Sends back what comes, `size` bytes of it. */
const exchangeOf = (size: number): Script =>
  switching(
    { send: fillPattern(new Uint8Array(size)) },
    { expectBytes: size },
    { send: 'thanks' },
    { hold: true },
  );

describe('a stream', () => {
  const SIZE = 2_000_000;

  async function expectExchange(http: HTTPClient): Promise<void> {
    checkPattern(await receive(http, SIZE));
    await send(http, fillPattern(new Uint8Array(SIZE)));
    expect(text(await receive(http, 6))).toBe('thanks');
  }

  test('over TLS', async ({ servers }) => {
    const server = await servers.raw(exchangeOf(SIZE), { tls: true });
    const { cert: ca } = await servers.authority();
    const http = await upgrade(server, { ca, bufferSize: 65_536 });
    await expectExchange(http);
    http.close();
    await server.ended();
  });

  test('over a unix socket', async ({ servers }) => {
    await expectExchange(await upgrade(await servers.raw(exchangeOf(SIZE), { path: true })));
  });

  test.for([
    ['http', true],
    ['https', true],
    ['socks5', true],
    ['socks5', false],
  ] as const)('through a tunnel of a proxy (%s), with TLS inside: %s', async ([scheme, tls], { servers }) => {
    const server = await servers.raw(exchangeOf(SIZE), { tls });
    const proxy =
      scheme === 'socks5' ? await servers.socks() : await servers.proxy({ tls: scheme === 'https' });
    const { cert } = await servers.authority();
    const http = proxied(proxy, { scheme }, { proxyTLS: TLSOptions.client(cert) });
    http.connectToHost(server.host, server.port, tls ? TLSOptions.client(cert) : null);
    await settled(http);
    http.request(Method.GET, '/', UPGRADE);
    expect([await settled(http), http.getResponseCode()]).toEqual([Status.CONNECTED, 101]);
    await expectExchange(http);
  });

  test.for<[string, Step, ErrorCode, Status]>([
    ['that ends as TLS does is complete', { end: true }, ErrorCode.ERR_FILE_EOF, Status.DISCONNECTED],
    ['that is cut off is not', { destroy: true }, ErrorCode.FAILED, Status.CONNECTION_ERROR],
  ])('over TLS %s', async ([, ending, error, status], { servers }) => {
    const server = await servers.raw(switching({ send: 'abc' }, { waitFor: 'go' }, ending), { tls: true });
    const { cert: ca } = await servers.authority();
    const http = await upgrade(server, { ca });
    expect(text(await receive(http, 2))).toBe('ab');
    server.release('go');
    const rest = await receiveRest(http);
    expect([text(rest.bytes), rest.error, http.getStatus()]).toEqual(['c', error, status]);
  });
});

describe('CONNECT', () => {
  test.for(['127.0.0.1', '::1'])(
    'opens a tunnel to %s, in which another client speaks HTTP',
    async (host, { servers }) => {
      const server = await servers.http({ host });
      const proxy = await servers.proxy();
      const http = await tunnel(proxy, server);
      const inside = new HTTPClient();
      inside.connection = http.connection;
      const { body } = await get(inside, '/inspect');
      const { url, rawHeaders } = JSON.parse(text(body));
      const there = host.includes(':') ? `[${host}]:${server.port}` : `${host}:${server.port}`;
      expect([url, rawHeaders.slice(0, 2)]).toEqual(['/inspect', ['Host', there]]);
      checkPattern((await get(inside, '/bytes/3000000')).body);
      expect(proxy.counts).toMatchObject({ connections: 1, tunnels: 1 });
      expect(server.counts).toMatchObject({ connections: 1, requests: 2 });
    },
  );

  test('by a client that has a proxy, with what the proxy wants to know', async ({ servers }) => {
    const credentials = { username: 'me', password: 's3cret' };
    const server = await servers.http();
    const proxy = await servers.proxy({ credentials });
    const http = proxied(proxy, { login: 'me:s3cret@' });
    // Any host: an HTTP proxy reads each request.
    http.connectToHost('127.0.0.1', server.port);
    await settled(http);
    http.request(Method.CONNECT, `127.0.0.1:${server.port}`, []);
    expect([await settled(http), http.getResponseCode()]).toEqual([Status.CONNECTED, 200]);
    const inside = new HTTPClient();
    inside.connection = http.connection;
    const { body } = await get(inside, '/inspect');
    expect(text(body)).not.toMatch(/proxy|http:/i);
  });

  test('that is refused is an answer like any other', async ({ servers }) => {
    const credentials = { username: 'me', password: 's3cret' };
    for (const [proxy, code] of [
      [await servers.proxy({ forbiddenPorts: [81] }), 403],
      [await servers.proxy({ credentials }), 407],
    ] as const) {
      const http = await connect(proxy);
      http.request(Method.CONNECT, '127.0.0.1:81', []);
      await settled(http);
      expect([http.getResponseCode(), http.getLastError()]).toEqual([code, null]);
      while (http.getStatus() === Status.BODY) {
        http.readResponseBodyChunk();
        await turn();
        http.poll();
      }
      expect([Status.CONNECTED, Status.DISCONNECTED]).toContain(http.getStatus());
    }
  });

  test.for(['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.0 299 Fine\r\nContent-Length: 7\r\nVia: x\r\n\r\n'])(
    'what comes with the reply %j is the target’s first word',
    async (reply, { servers }) => {
      const proxy = await servers.raw([
        { expectHead: true },
        { send: `${reply}220 ready` },
        { expectBytes: 2 },
        { send: '!' },
        { hold: true },
      ]);
      const http = await tunnel(proxy, { host: '127.0.0.1', port: 25 });
      for (let turns = 0; turns < 50; turns++) await turn();
      connectionOf(http).putData(HI);
      expect(text(await receive(http, 10))).toBe('220 ready!');
    },
  );
});
