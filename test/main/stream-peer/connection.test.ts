import { ErrorCode, HTTPClient, Method, Status, StreamPeer } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, settled, text, turn } from '../../support/client.ts';
import { type Script, test } from '../../support/servers.ts';
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

const NOTHING = new Uint8Array(0);
const HI = new TextEncoder().encode('hi');
const QUIET: Script = [{ hold: true }];

/** What every call returns, named. */
function callAll(peer: StreamPeer): Record<string, unknown> {
  return {
    available: peer.getAvailableBytes(),
    data: peer.getData(1),
    some: peer.getPartialData(1),
    put: peer.putData(HI),
    putSome: peer.putPartialData(HI),
  };
}

/** What they return if there is nothing to read and write on. */
function nothingBut(error: ErrorCode, available = -1): Record<string, unknown> {
  return {
    available,
    data: [error, NOTHING],
    some: [error, NOTHING],
    put: error,
    putSome: [error, 0],
  };
}

describe('there is a connection', () => {
  test('from CONNECTED on, the same until close(), and none before and after', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPClient();
    expect(http.connection).toBeNull();
    http.connectToHost(server.host, server.port);
    expect([http.getStatus(), http.connection]).toEqual([Status.CONNECTING, null]);
    await settled(http);
    const peer = connectionOf(http);
    expect(peer).toBeInstanceOf(StreamPeer);
    expect(http.getConnection()).toBe(peer);
    http.request(Method.GET, '/bytes/100', []);
    expect(http.connection).toBe(peer);
    await settled(http);
    expect([http.getStatus(), http.connection === peer]).toEqual([Status.BODY, true]);
    http.readResponseBodyChunk();
    expect([http.getStatus(), http.connection === peer]).toEqual([Status.CONNECTED, true]);
    http.close();
    expect(http.connection).toBeNull();
    http.connectToHost(server.host, server.port);
    await settled(http);
    expect(connectionOf(http)).not.toBe(peer);
    expect(callAll(peer)).toEqual(nothingBut(ErrorCode.FAILED));
  });

  test('and none after a failure, or an answer that ended it', async ({ servers }) => {
    const port = await servers.refusedPort();
    const refused = new HTTPClient();
    refused.connectToHost('127.0.0.1', port);
    expect([await settled(refused), refused.connection]).toEqual([Status.CANT_CONNECT, null]);

    const server = await servers.http();
    const http = await connect(server);
    const peer = connectionOf(http);
    expect((await get(http, '/close/10')).status).toBe(Status.DISCONNECTED);
    expect(http.connection).toBeNull();
    expect(callAll(peer)).toEqual(nothingBut(ErrorCode.FAILED));
  });
});

test('a constructor that is not for callers, and arguments of the wrong type, are thrown', async ({
  servers,
}) => {
  expect(() => Reflect.construct(StreamPeer, [])).toThrow(/StreamPeer from HTTPClient.connection/);
  const server = await servers.raw(QUIET);
  const http = await connect(server);
  const peer = connectionOf(http);
  for (const [method, argument, message] of [
    ['getData', '1', /^bytes must be a whole number/],
    ['getData', -1, /^bytes must be/],
    ['getData', 1.5, /^bytes must be/],
    ['getPartialData', undefined, /^bytes must be/],
    ['getPartialData', 2 ** 32 + 1, /^bytes must be/],
    ['putData', 'text', /^bytes must be a Uint8Array/],
    ['putPartialData', [1], /^bytes must be a Uint8Array/],
  ] as const) {
    const call = (): unknown => Reflect.apply(Reflect.get(peer, method), peer, [argument]);
    expect(call, `${method}(${argument})`).toThrow(message);
  }
  for (const nothing of [undefined, {}, 'peer', Object.create(StreamPeer.prototype)]) {
    expect(() => Reflect.set(http, 'connection', nothing)).toThrow(TypeError);
  }
  for (const nothing of [null, undefined, 1, {}, { on() {} }]) {
    expect(() => Reflect.apply(StreamPeer.fromDuplex, StreamPeer, [nothing])).toThrow(
      /^duplex must be a stream/,
    );
  }
  // It is no stream yet, and was not touched.
  expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.OK);
});

test('what cannot be taken is refused, and changes nothing', async ({ servers }) => {
  const server = await servers.http();
  const http = await connect(server);
  const peer = connectionOf(http);
  const busy = await connect(server);
  busy.request(Method.GET, '/bytes/10', []);
  const closed = await connect(server);
  const gone = connectionOf(closed);
  closed.close();
  for (const refused of [null, connectionOf(busy), gone]) {
    http.connection = refused;
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_CONNECTION' });
    expect([http.getStatus(), http.connection === peer]).toEqual([Status.CONNECTED, true]);
  }
  http.connection = peer;
  expect(http.connection).toBe(peer);
  expect((await get(http, '/bytes/10')).status).toBe(Status.CONNECTED);
  await settled(busy);
  expect(busy.readResponseBodyChunk()).toHaveLength(10);
});

test('while an answer is under way its connection is busy, and nothing else happens to it', async ({
  servers,
}) => {
  const server = await servers.http();
  const http = await connect(server);
  const peer = connectionOf(http);
  http.request(Method.GET, '/bytes/10', []);
  expect(callAll(peer)).toEqual(nothingBut(ErrorCode.ERR_BUSY, 0));
  await settled(http);
  expect(callAll(peer)).toEqual(nothingBut(ErrorCode.ERR_BUSY, 0));
  expect(http.readResponseBodyChunk()).toHaveLength(10);
  expect((await get(http, '/bytes/10')).status).toBe(Status.CONNECTED);
});

test('a request on a stream is refused; what there is to read stays', async ({ servers }) => {
  const server = await servers.raw(switching({ send: 'hello' }, { hold: true }));
  const http = await upgrade(server);
  await pollUntil(http, 'bytes', () => connectionOf(http).getAvailableBytes() === 5);
  expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'NOT_CONNECTED' });
  expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
  expect(http.readResponseBodyChunk()).toEqual(NOTHING);
  expect(http.readResponseBodyInto(new Uint8Array(5))).toBe(0);
  expect(http.borrowResponseBodyChunk()).toEqual(NOTHING);
  expect(connectionOf(http).getAvailableBytes()).toBe(5);
});

describe('getData', () => {
  test('is busy until there is enough, and takes no more', async ({ servers }) => {
    const server = await servers.raw([
      { expectBytes: 2 },
      { send: 'abc' },
      { waitFor: 'more' },
      { send: 'defg' },
      { hold: true },
    ]);
    const http = await connect(server);
    const peer = connectionOf(http);
    expect([peer.getAvailableBytes(), peer.getData(1)]).toEqual([0, [ErrorCode.ERR_BUSY, NOTHING]]);
    expect(peer.getPartialData(1)).toEqual([ErrorCode.OK, NOTHING]);
    expect(peer.putData(HI)).toBe(ErrorCode.OK);
    await pollUntil(http, 'abc', () => peer.getAvailableBytes() === 3);
    expect(peer.getData(4)).toEqual([ErrorCode.ERR_BUSY, NOTHING]);
    expect(peer.getData(0)).toEqual([ErrorCode.OK, NOTHING]);
    server.release('more');
    await pollUntil(http, 'defg', () => peer.getAvailableBytes() === 7);
    expect(peer.getData(4)).toEqual([ErrorCode.OK, Uint8Array.from(Buffer.from('abcd'))]);
    expect(peer.getPartialData(2)).toEqual([ErrorCode.OK, Uint8Array.from(Buffer.from('ef'))]);
    expect(peer.getPartialData(100)).toEqual([ErrorCode.OK, Uint8Array.from(Buffer.from('g'))]);
    expect([peer.getAvailableBytes(), peer.getData(1)]).toEqual([0, [ErrorCode.ERR_BUSY, NOTHING]]);
  });

  test('of more than is left gives the rest, and says that it was the rest', async ({ servers }) => {
    const server = await servers.raw([{ expectBytes: 2 }, { send: 'abc' }, { end: true }]);
    const http = await connect(server);
    const peer = connectionOf(http);
    peer.putData(HI);
    let rest: [ErrorCode, Uint8Array] = [ErrorCode.ERR_BUSY, NOTHING];
    await pollUntil(http, 'the rest', () => {
      rest = peer.getData(4);
      return rest[0] !== ErrorCode.ERR_BUSY;
    });
    expect(rest).toEqual([ErrorCode.ERR_FILE_EOF, Uint8Array.from(Buffer.from('abc'))]);
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
    // The other half is there, until it is ended, too.
    expect(callAll(peer)).toEqual({
      ...nothingBut(ErrorCode.ERR_FILE_EOF),
      put: ErrorCode.OK,
      putSome: [ErrorCode.OK, HI.length],
    });
    peer.shutdown();
    await pollUntil(http, 'all to be sent', () => http.getStatus() === Status.DISCONNECTED);
    const writing = { put: ErrorCode.ERR_FILE_CANT_WRITE, putSome: [ErrorCode.ERR_FILE_CANT_WRITE, 0] };
    await server.closed();
    expect(callAll(peer)).toEqual({ ...nothingBut(ErrorCode.ERR_FILE_EOF), ...writing });
    // It says so until the client is used for something else.
    expect([http.poll(), http.connection === peer]).toEqual([ErrorCode.ERR_UNCONFIGURED, true]);
    http.close();
    expect(callAll(peer)).toEqual(nothingBut(ErrorCode.FAILED));
  });

  test('of more than there can ever be at once is refused', async ({ servers }) => {
    const server = await servers.raw(QUIET);
    const http = await connect(server, { bufferSize: 1 << 20 });
    const peer = connectionOf(http);
    expect(peer.getData(1 << 19)[0]).toBe(ErrorCode.ERR_BUSY);
    expect(peer.getData((1 << 19) + 1)).toEqual([ErrorCode.ERR_INVALID_PARAMETER, NOTHING]);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_LENGTH' });
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('of less, where so small pieces have come that the memory is full before, does not stay busy for ever', async ({
    servers,
  }) => {
    const options = { bufferSize: 16_384, limits: { headSize: 256, headFields: 1 } };
    const server = await servers.raw([
      { expectBytes: 2 },
      { sendEach: Buffer.alloc(20_000) },
      { hold: true },
    ]);
    const http = await connect(server, options);
    const peer = connectionOf(http);
    peer.putData(HI);
    let result: [ErrorCode, Uint8Array] = [ErrorCode.ERR_BUSY, NOTHING];
    await pollUntil(http, 'an answer', () => {
      result = peer.getData(8192);
      return result[0] !== ErrorCode.ERR_BUSY;
    });
    const [error, { length }] = result;
    // Pieces that came together lie together, and then there may be enough of them.
    if (error === ErrorCode.ERR_INVALID_PARAMETER) {
      expect(http.getLastError()).toMatchObject({ code: 'INVALID_LENGTH' });
    } else expect([error, length]).toEqual([ErrorCode.OK, 8192]);
    await receive(http, 20_000 - length);
  });
});

describe('the end', () => {
  test('what the server had sent is readable before it, however long that takes', async ({ servers }) => {
    const server = await servers.raw(switching({ send: 'x'.repeat(300_000) }, { end: true }));
    const http = await upgrade(server);
    await receive(http, 5);
    await server.finished();
    for (let turns = 0; turns < 100; turns++) {
      await turn();
      expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    }
    const { bytes, error } = await receiveRest(http);
    expect([text(bytes), error]).toEqual(['x'.repeat(299_995), ErrorCode.ERR_FILE_EOF]);
    expect([http.getStatus(), http.getLastError()]).toEqual([Status.DISCONNECTED, null]);
  });

  test('a reset is CONNECTION_ERROR, and FAILED', async ({ servers }) => {
    const server = await servers.raw(switching({ expectBytes: 2 }, { reset: true }));
    const http = await upgrade(server);
    const peer = connectionOf(http);
    expect(peer.putData(HI)).toBe(ErrorCode.OK);
    await pollUntil(http, 'the reset', () => http.getStatus() !== Status.CONNECTED);
    expect(http.getLastError()).toMatchObject({ phase: 'stream', code: 'ECONNRESET' });
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(callAll(peer)).toEqual(nothingBut(ErrorCode.FAILED));
  });

  test.for(['close', 'dispose'] as const)(
    '%s, with bytes unread, is the end of the server’s side too',
    async (way, { servers }) => {
      const server = await servers.raw(switching({ send: 'x'.repeat(100_000) }));
      const http = await upgrade(server);
      await receive(http, 10);
      if (way === 'close') http.close();
      else http[Symbol.dispose]();
      await server.closed();
      expect([http.getStatus(), http.connection]).toEqual([Status.DISCONNECTED, null]);
    },
  );
});

describe('101', () => {
  test('to a request that did not ask for it is an error', async ({ servers }) => {
    const server = await servers.raw(switching({ hold: true }));
    const http = await connect(server);
    http.request(Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code: 'UNEXPECTED_UPGRADE' });
  });

  test('has a head like any other; bytes that came with it are the first of the stream', async ({
    servers,
  }) => {
    const server = await servers.raw(
      switching({ send: 'first' }, { expectBytes: 2 }, { send: ' second' }, { hold: true }),
    );
    const http = await upgrade(server);
    expect([http.getResponseCode(), http.getResponseHeader('upgrade')]).toEqual([101, 'test']);
    // Nobody looks for a while.
    for (let turns = 0; turns < 100; turns++) await turn();
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    connectionOf(http).putData(HI);
    expect(text(await receive(http, 12))).toBe('first second');
    expect(http.getResponseCode()).toBe(101);
  });

  test('and a request after all: those bytes were not asked for', async ({ servers }) => {
    const server = await servers.raw(switching({ send: 'first' }, { hold: true }));
    const http = await upgrade(server);
    expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.OK);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ phase: 'idle', code: 'UNSOLICITED_DATA' });
  });

  test('or any other answer: the connection goes on with HTTP', async ({ servers }) => {
    const server = await servers.http();
    const http = await connect(server);
    expect(await get(http, '/bytes/10', UPGRADE)).toMatchObject({ code: 200, status: Status.CONNECTED });
    expect((await get(http, '/bytes/10')).status).toBe(Status.CONNECTED);
  });

  test('to a request whose body it did not wait for ends the connection', async ({ servers }) => {
    const server = await servers.raw(switching({ hold: true }));
    const http = await connect(server);
    http.requestRaw(Method.POST, '/', [...UPGRADE], new Uint8Array(50_000_000));
    expect([await settled(http), http.getResponseCode()]).toEqual([Status.DISCONNECTED, 101]);
  });
});

test('with its pool a stream ends', async ({ servers }) => {
  const server = await servers.raw(switching({ hold: true }));
  const { WorkerPool } = await import('tickhttp');
  const pool = new WorkerPool({ threads: 1 });
  const http = await upgrade(server, { pool });
  const heir = heirOf(http);
  const peer = connectionOf(heir);
  await send(heir, HI);
  await pool.close();
  await pollUntil(heir, 'the end', () => heir.getStatus() !== Status.CONNECTED);
  expect(heir.getLastError()).toMatchObject({ phase: 'worker', code: 'POOL_CLOSED' });
  expect(callAll(peer)).toEqual(nothingBut(ErrorCode.FAILED));
});
