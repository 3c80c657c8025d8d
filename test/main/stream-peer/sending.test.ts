import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer, TLSOptions, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, settled, text } from '../../support/client.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { proxied } from '../../support/proxied.ts';
import { BYTES, ended, lostOf, MUCH, outcome, slow, streamOf, untilTaken } from '../../support/sending.ts';
import { type TestServer, test } from '../../support/servers.ts';
import {
  connectionOf,
  heirOf,
  receive,
  receiveRest,
  send,
  switching,
  UPGRADE,
  upgrade,
} from '../../support/streams.ts';

/** What a stream has accepted for sending: it is sent, or its loss is reported. */

const HI = new TextEncoder().encode('hi');

describe('getUnsentBytes()', () => {
  test('is what was accepted and not taken', async ({ servers }) => {
    const server = await servers.raw(slow());
    const http = await upgrade(server);
    const peer = connectionOf(http);
    expect(peer.getUnsentBytes()).toBe(0);
    expect(peer.putData(BYTES)).toBe(ErrorCode.OK);
    await untilTaken(http);
    expect(peer.getUnsentBytes()).toBeGreaterThan(MUCH / 4);
    expect(peer.putPartialData(HI)).toEqual([ErrorCode.OK, 0]);
    server.release('read');
    await pollUntil(http, 'the rest to be taken', () => peer.getUnsentBytes() === 0);
    expect(peer.putPartialData(HI)).toEqual([ErrorCode.OK, 2]);
    await streamOf(server, MUCH + 2);
    expect(outcome(http)).toEqual([Status.CONNECTED, undefined]);
  });

  test('asked on a connection that is no stream, or on none, changes nothing', async ({ servers }) => {
    const http = await connect(await servers.http());
    const peer = connectionOf(http);
    expect(peer.getUnsentBytes()).toBe(0);
    expect((await get(http, '/bytes/10')).code).toBe(200);
    http.close();
    expect([peer.getUnsentBytes(), http.getLastError()]).toEqual([0, null]);
    expect(StreamPeer.fromDuplex(new Duplex()).getUnsentBytes()).toBe(0);
  });
});

describe('what is dropped is STREAM_TRUNCATED right behind', () => {
  const ways: Record<string, (http: HTTPClient, server: TestServer, other: HTTPClient) => void> = {
    'close()': (http) => http.close(),
    'shutdown() and close()': (http) => {
      connectionOf(http).shutdown();
      http.close();
    },
    'dispose()': (http) => http[Symbol.dispose](),
    'connectToHost()': (http, server) => http.connectToHost(server.host, server.port),
    'connectToHost() that is refused': (http) => http.connectToHost('no host'),
    'another connection': (http, _server, other) => {
      http.connection = other.connection;
    },
  };

  test.for(Object.keys(ways))('%s', async (way, { servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw(slow());
    const http = await upgrade(server, { pool });
    const other = await connect(server, { pool });
    connectionOf(http).putData(BYTES);
    await untilTaken(http);
    ways[way]?.(http, server, other);
    if (way.includes('refused')) expect(http.getLastError()?.code).toBe('INVALID_HOST');
    else expect(http.getLastError()).toMatchObject({ phase: 'stream', code: 'STREAM_TRUNCATED' });
    lostOf(http);
    server.release('read');
    const { bytesReceived } = await server.closed();
    expect(bytesReceived).toBeLessThan(MUCH);
  });

  test('close() behind everything has nothing to report', async ({ servers }) => {
    const server = await servers.raw(switching({ expectBytes: MUCH }, { send: 'all' }, { hold: true }));
    const http = await upgrade(server);
    await send(http, BYTES);
    expect(text(await receive(http, 3))).toBe('all');
    http.close();
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
    // Nor has the next one, whatever was before.
    const { host, port } = await servers.raw(slow());
    const next = await upgrade({ host, port });
    connectionOf(next).putData(BYTES);
    next.close();
    expect(next.getLastError()?.code).toBe('STREAM_TRUNCATED');
    next.connectToHost(host, port);
    expect(next.getLastError()).toBeNull();
  });

  test('a reset says what it has cost', async ({ servers }) => {
    const server = await servers.raw(switching({ pauseReading: true }, { waitFor: 'go' }, { reset: true }));
    const http = await upgrade(server);
    const peer = connectionOf(http);
    peer.putData(BYTES);
    await untilTaken(http);
    server.release('go');
    await ended(http);
    expect(outcome(http)).toEqual([Status.CONNECTION_ERROR, expect.stringMatching(/ECONNRESET|EPIPE/)]);
    expect([peer.getUnsentBytes(), peer.putData(HI)]).toEqual([lostOf(http), ErrorCode.FAILED]);
    // It was told, and is not told again as something else.
    http.close();
    expect(http.getLastError()?.code).toMatch(/ECONNRESET|EPIPE/);
  });

  test('so does a pool that is closed', async ({ servers }) => {
    const pool = new WorkerPool({ threads: 1 });
    const http = await upgrade(await servers.raw(slow()), { pool });
    connectionOf(http).putData(BYTES);
    await untilTaken(http);
    await pool.close();
    await ended(http);
    expect(outcome(http)).toEqual([Status.CONNECTION_ERROR, 'POOL_CLOSED']);
    lostOf(http);
  });
});

describe('a connection that is given away', () => {
  test('takes what is unsent along', async ({ servers }) => {
    const server = await servers.raw(slow());
    const giver = await upgrade(server);
    connectionOf(giver).putData(BYTES);
    await untilTaken(giver);
    const unsent = connectionOf(giver).getUnsentBytes();
    // The second has it before the first can know that it has come.
    const heir = heirOf(heirOf(giver));
    expect(giver.getLastError()).toBeNull();
    expect(connectionOf(heir).getUnsentBytes()).toBeGreaterThan(MUCH / 4);
    expect(connectionOf(heir).getUnsentBytes()).toBeLessThanOrEqual(unsent);
    expect(connectionOf(heir).putData(HI)).toBe(ErrorCode.ERR_BUSY);
    server.release('read');
    await pollUntil(heir, 'the rest to be sent', () => connectionOf(heir).getUnsentBytes() === 0);
    await send(heir, HI);
    await streamOf(server, MUCH + 2);
    await pollUntil(heir, 'no more and no less', () => connectionOf(heir).getUnsentBytes() === 0);
  });

  test('also while it is on its way: nothing stays unsent', async ({ servers }) => {
    const server = await servers.raw(switching({ hold: true }));
    let owner = await upgrade(server);
    for (let round = 0; round < 50; round++) {
      connectionOf(owner).putData(new Uint8Array(1000));
      owner = heirOf(owner);
    }
    await pollUntil(owner, 'all to be sent', () => connectionOf(owner).getUnsentBytes() === 0);
    owner.close();
    expect(owner.getLastError()).toBeNull();
    await streamOf(server, 50_000);
  });

  test('and dropped by who has it then, says what was dropped', async ({ servers }) => {
    const server = await servers.raw(slow());
    const giver = await upgrade(server);
    connectionOf(giver).putData(BYTES);
    const heir = heirOf(giver);
    heir.close();
    expect([giver.getLastError(), heir.getLastError()?.code]).toEqual([null, 'STREAM_TRUNCATED']);
  });

  test('carries a request behind what was written to it', async ({ servers }) => {
    const server = await servers.raw([
      ...slow({ waitFor: 'start' }),
      { expectBytes: MUCH },
      { expectHead: true },
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi' },
      { hold: true },
    ]);
    const giver = await upgrade(server);
    connectionOf(giver).putData(BYTES);
    await untilTaken(giver);
    const heir = heirOf(giver);
    heir.request(Method.GET, '/inside', []);
    server.release('start');
    server.release('read');
    await settled(heir);
    expect([heir.getResponseCode(), text(heir.readResponseBodyChunk())]).toEqual([200, 'hi']);
  });

  test('after shutdown() sends nothing more for its heir either', async ({ servers }) => {
    const server = await servers.raw(slow({ waitFor: 'never' }));
    const giver = await upgrade(server);
    connectionOf(giver).shutdown();
    const heir = heirOf(giver);
    expect(heir.request(Method.GET, '/', [])).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(heir.getLastError()?.code).toBe('NOT_CONNECTED');
    expect(connectionOf(heir).putData(HI)).toBe(ErrorCode.ERR_FILE_CANT_WRITE);
    await server.ended();
  });
});

describe('shutdown()', () => {
  test.for([
    ['http', true],
    ['https', true],
    ['socks5', true],
    ['socks5', false],
  ] as const)('through a proxy (%s), with TLS inside: %s', async ([scheme, tls], { servers }) => {
    const server = await servers.raw(slow(), { tls });
    const proxy =
      scheme === 'socks5' ? await servers.socks() : await servers.proxy({ tls: scheme === 'https' });
    const { cert } = await servers.authority();
    const http = proxied(proxy, { scheme }, { proxyTLS: TLSOptions.client(cert) });
    http.connectToHost(server.host, server.port, tls ? TLSOptions.client(cert) : null);
    await settled(http);
    expect((await get(http, '/chat', UPGRADE)).code).toBe(101);
    connectionOf(http).putData(BYTES);
    connectionOf(http).shutdown();
    await untilTaken(http);
    server.release('read');
    await streamOf(server, MUCH);
    await server.ended();
    await ended(http);
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });

  test('of what is no stream, or none any more, does nothing', async ({ servers }) => {
    const server = await servers.raw([{ expectHead: true }, { waitFor: 'never' }]);
    const http = await connect(server);
    const peer = connectionOf(http);
    http.request(Method.GET, '/', []);
    peer.shutdown();
    expect([http.getStatus(), http.getLastError()?.code]).toEqual([Status.REQUESTING, 'NOT_CONNECTED']);
    http.close();
    peer.shutdown();
    StreamPeer.fromDuplex(new Duplex()).shutdown();
  });

  test('of a stream that has failed leaves the failure', async ({ servers }) => {
    const server = await servers.raw(switching({ waitFor: 'go' }, { reset: true }));
    const http = await upgrade(server);
    const peer = connectionOf(http);
    peer.getAvailableBytes();
    server.release('go');
    await ended(http);
    peer.shutdown();
    expect(outcome(http)).toEqual([Status.CONNECTION_ERROR, 'ECONNRESET']);
  });

  test('without a word before it is the end of a connection that was only read', async ({ servers }) => {
    const server = await servers.raw(switching({ send: 'abc' }, { end: true }));
    const http = await upgrade(server);
    await receiveRest(http);
    connectionOf(http).shutdown();
    await server.closed();
    expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
  });
});

describe('what the system has taken is delivered after close(), though bytes of the server are unread', () => {
  const SENT = BYTES.subarray(0, 300_000);
  const OPTIONS = { bufferSize: 16_384, limits: { headSize: 256, headFields: 8 } };

  test.for<'TCP' | 'TLS' | 'a stream of the caller’s'>(['TCP', 'TLS', 'a stream of the caller’s'])(
    'over %s',
    async (way, { servers }) => {
      const tls = way === 'TLS';
      const unread = { send: new Uint8Array(2_000_000) };
      const server = await servers.raw(slow(unread), { tls });
      let http: HTTPClient;
      if (way === 'TCP') http = await upgrade(server, OPTIONS);
      else if (tls) http = await upgrade(server, { ...OPTIONS, ca: (await servers.authority()).cert });
      else {
        const socket = connectSocket({ host: server.host, port: server.port, allowHalfOpen: true });
        await once(socket, 'connect');
        http = new HTTPClient(OPTIONS);
        http.connection = StreamPeer.fromDuplex(socket);
        await get(http, '/chat', UPGRADE);
      }
      const peer = connectionOf(http);
      expect(peer.putData(SENT)).toBe(ErrorCode.OK);
      await pollUntil(http, 'all to be taken', () => peer.getUnsentBytes() === 0);
      await pollUntil(http, 'bytes of the server', () => peer.getAvailableBytes() > 4000);
      http.close();
      expect(outcome(http)).toEqual([Status.DISCONNECTED, undefined]);
      server.release('read');
      checkPattern(await streamOf(server, SENT.length));
    },
  );
});
