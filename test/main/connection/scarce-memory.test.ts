import { Duplex } from 'node:stream';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer, WorkerPool } from 'tickhttp';
import { afterEach, describe, expect, vi } from 'vitest';
import { connect, get, pollUntil, readBody, settled, turn } from '../../support/client.ts';
import { eventually } from '../../support/eventually.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { test } from '../../support/servers.ts';
import { connectionOf, switching, upgrade } from '../../support/streams.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** No client can get memory that it would share with a worker. */
function noSharedMemory(): void {
  class Refusing {
    constructor() {
      throw new RangeError('Array buffer allocation failed');
    }
  }
  vi.stubGlobal('SharedArrayBuffer', Refusing);
}

/** The calls that follow get no more than `most` bytes at once. */
function noMemoryBeyond(most: number): void {
  const allocate = Buffer.allocUnsafeSlow;
  vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
    if (size > most) throw new RangeError('Array buffer allocation failed');
    return allocate(size);
  });
}

describe('a connection that cannot be taken', () => {
  test('stays where it is, and what the other client had stays too', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 2 });
    await using foreign = new WorkerPool({ threads: 1 });
    const server = await servers.http();
    const giver = await connect(server, { pool });
    const fresh = new HTTPClient({ pool });
    // One thread each, so that it would have to move to the other.
    const busy = await connect(server, { pool });
    const elsewhere = await connect(server, { pool: foreign });
    noSharedMemory();
    for (const taker of [fresh, busy, elsewhere]) {
      // One that has nothing to lose says by its status, too, that it has got nothing.
      const status = taker === fresh ? Status.CANT_CONNECT : taker.getStatus();
      const before = [status, taker.connection];
      taker.connection = connectionOf(giver);
      expect(taker.getLastError()).toMatchObject({ message: expect.stringContaining('allocation failed') });
      expect([taker.getStatus(), taker.connection]).toEqual(before);
      expect([giver.getStatus(), giver.getLastError()]).toEqual([Status.CONNECTED, null]);
    }
    vi.unstubAllGlobals();
    for (const http of [giver, busy, elsewhere]) expect((await get(http, '/bytes/10')).code).toBe(200);
    expect(await pool.stats()).toMatchObject({ connections: 2, clients: 2 });
    expect(await foreign.stats()).toMatchObject({ connections: 1, clients: 1 });

    fresh.connection = giver.connection;
    expect((await get(fresh, '/bytes/10')).code).toBe(200);
    fresh.close();
    giver.close();
    busy.close();
    await untilConnections(pool, 0);
    expect(server.counts.connections).toBe(3);
  });

  test('nor a stream of the caller’s', async () => {
    const line = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
    const peer = StreamPeer.fromDuplex(line);
    const http = new HTTPClient();
    noSharedMemory();
    http.connection = peer;
    expect([http.getStatus(), line.listenerCount('data')]).toEqual([Status.CANT_CONNECT, 0]);
    vi.unstubAllGlobals();
    // The pool could not be made either, and is not tried again at once.
    await eventually(() => {
      http.connection = peer;
      expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    });
    http.close();
  });

  test('nor one whose taker has a pool that is closed', async ({ servers }) => {
    const pool = new WorkerPool({ threads: 1 });
    const giver = await connect(await servers.http(), { pool });
    const peer = connectionOf(giver);
    await pool.close();
    const taker = new HTTPClient();
    taker.connection = peer;
    expect(taker.getLastError()?.code).toBe('POOL_CLOSED');
    expect(taker.getStatus()).toBe(Status.CANT_CONNECT);
  });
});

async function untilConnections(pool: WorkerPool, count: number): Promise<void> {
  const end = performance.now() + PATIENCE;
  while ((await pool.stats()).connections !== count) {
    expect(performance.now()).toBeLessThan(end);
    await turn();
  }
}

describe('what is asked for is no measure of the memory that is used', () => {
  const SIZE = 3_000_000;

  test.for([2 ** 31, 2 ** 32])('getData(%i) in blocking mode', async (bytes, { servers }) => {
    const server = await servers.raw(switching({ send: fillPattern(new Uint8Array(SIZE)) }, { end: true }));
    const http = await upgrade(server);
    const sizes: number[] = [];
    const allocate = Buffer.allocUnsafeSlow;
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      sizes.push(size);
      return allocate(size);
    });
    http.blockingModeEnabled = true;
    const [error, data] = connectionOf(http).getData(bytes);
    expect([error, data.length]).toEqual([ErrorCode.ERR_FILE_EOF, SIZE]);
    checkPattern(data);
    expect(Math.max(...sizes, data.buffer.byteLength)).toBeLessThanOrEqual(4 * SIZE);
  });

  test('time that is over: what came is in the value', async ({ servers }) => {
    const server = await servers.raw(switching({ send: 'hi' }, { hold: true }));
    const http = await upgrade(server, { timeouts: { blocking: 200 } });
    http.blockingModeEnabled = true;
    const [error, data] = connectionOf(http).getData(2 ** 32);
    expect([error, data.length]).toEqual([ErrorCode.ERR_TIMEOUT, 2]);
  });

  test('what does not block says how much it takes', async ({ servers }) => {
    const http = await upgrade(await servers.raw(switching({ hold: true })));
    const peer = connectionOf(http);
    expect(peer.getData(2 ** 32)).toEqual([ErrorCode.ERR_INVALID_PARAMETER, new Uint8Array(0)]);
    expect(peer.getPartialData(2 ** 32)).toEqual([ErrorCode.OK, new Uint8Array(0)]);
  });
});

describe('where there is no memory, nothing is lost', () => {
  const SIZE = 3_000_000;

  test('getData(), blocking', async ({ servers }) => {
    const server = await servers.raw(switching({ send: fillPattern(new Uint8Array(SIZE)) }, { end: true }));
    const http = await upgrade(server);
    http.blockingModeEnabled = true;
    const peer = connectionOf(http);
    noMemoryBeyond(1_100_000);
    const [error, first] = peer.getData(SIZE);
    expect([error, http.getLastError()?.code]).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, 'OUT_OF_MEMORY']);
    vi.restoreAllMocks();
    const [rest, second] = peer.getData(SIZE - first.length);
    expect(rest).toBe(ErrorCode.OK);
    checkPattern(Buffer.concat([first, second]));
  });

  test('getData() and getPartialData(), not blocking', async ({ servers }) => {
    const server = await servers.raw(
      switching({ send: fillPattern(new Uint8Array(500_000)) }, { hold: true }),
    );
    const http = await upgrade(server);
    const peer = connectionOf(http);
    await pollUntil(http, 'everything', () => peer.getAvailableBytes() === 500_000);
    noMemoryBeyond(1000);
    for (const call of [() => peer.getData(400_000), () => peer.getPartialData(400_000)]) {
      expect(call()).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, new Uint8Array(0)]);
    }
    vi.restoreAllMocks();
    const [error, data] = peer.getData(500_000);
    expect(error).toBe(ErrorCode.OK);
    checkPattern(data);
  });

  test('putData() and putPartialData()', async ({ servers }) => {
    const server = await servers.raw(switching({ expectBytes: 4 }, { send: 'done' }, { hold: true }));
    const http = await upgrade(server);
    const peer = connectionOf(http);
    noMemoryBeyond(1000);
    expect(peer.putData(new Uint8Array(10_000))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(peer.putPartialData(new Uint8Array(10_000))).toEqual([ErrorCode.ERR_OUT_OF_MEMORY, 0]);
    vi.restoreAllMocks();
    expect(peer.putData(Buffer.from('only'))).toBe(ErrorCode.OK);
    await pollUntil(http, 'the answer', () => peer.getAvailableBytes() === 4);
    const [record] = await server.connections();
    expect(Buffer.from(record?.received ?? []).toString('latin1')).toMatch(/\r\n\r\nonly$/);
  });

  test.for([true, false])('readResponseBodyChunk(), blocking: %s', async (blocking, { servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const http = await connect(await servers.http(), { pool });
    http.readChunkSize = 2 ** 24;
    http.request(Method.GET, `/bytes/${SIZE}`, []);
    await settled(http);
    // Who reads while the body comes may never find more at once than there is memory for.
    for (const end = performance.now() + PATIENCE; (await pool.stats()).bytesRead < SIZE; )
      expect(performance.now()).toBeLessThan(end);
    http.blockingModeEnabled = blocking;
    noMemoryBeyond(100_000);
    const pieces: Uint8Array[] = [];
    await pollUntil(http, 'more than there is memory for', () => {
      pieces.push(http.readResponseBodyChunk());
      return http.getLastError() !== null;
    });
    expect([http.getLastError()?.code, http.getStatus()]).toEqual(['OUT_OF_MEMORY', Status.BODY]);
    vi.restoreAllMocks();
    http.blockingModeEnabled = false;
    const body = Buffer.concat([...pieces, await readBody(http)]);
    expect(body).toHaveLength(SIZE);
    checkPattern(body);
  });

  test('a body that there is no memory for is not sent, and not begun', async ({ servers }) => {
    const server = await servers.http();
    const http = await connect(server);
    await get(http, '/bytes/3');
    noMemoryBeyond(1000);
    expect(http.requestRaw(Method.POST, '/echo', [], new Uint8Array(10_000))).toBe(
      ErrorCode.ERR_OUT_OF_MEMORY,
    );
    expect([http.getStatus(), http.getLastError()?.code]).toEqual([Status.CONNECTED, 'OUT_OF_MEMORY']);
    expect([http.getResponseCode(), http.getResponseBodyLength()]).toEqual([200, 3]);
    vi.restoreAllMocks();
    expect((await get(http, '/bytes/10')).code).toBe(200);
    expect(server.counts).toMatchObject({ connections: 1, requests: 2 });
  });

  test('a body that has begun ends its connection', async ({ servers }) => {
    const server = await servers.http();
    // Of this one no piece is free yet.
    await using pool = new WorkerPool({ threads: 1 });
    const http = await connect(server, { pool });
    await get(http, '/bytes/3');
    let left = 3;
    const construct = (target: ArrayBufferConstructor, args: [number]): ArrayBuffer => {
      left -= 1;
      if (left === 0) throw new RangeError('Array buffer allocation failed');
      return Reflect.construct(target, args);
    };
    const body = new Uint8Array(10 * 2 ** 20);
    vi.stubGlobal('ArrayBuffer', new Proxy(ArrayBuffer, { construct }));
    expect(http.requestRaw(Method.POST, '/echo', [], body)).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    vi.unstubAllGlobals();
    expect([http.getStatus(), http.getLastError()?.phase]).toEqual([Status.CONNECTION_ERROR, 'request']);
    expect([http.hasResponse(), http.getResponseCode()]).toEqual([false, 0]);
    expect(http.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    await server.closed();
    http.connectToHost(server.host, server.port);
    await settled(http);
    expect((await get(http, '/bytes/10')).code).toBe(200);
  });
});
