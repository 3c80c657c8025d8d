import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';
import { ErrorCode, HTTPClient, HTTPRequest, Method, Result, Status, StreamPeer, WorkerPool } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { internalsOf } from '../../../src/main/options/copies.ts';
import type { UploadPieces } from '../../../src/main/place/node/upload-pieces.ts';
import { connect, exchange, pollUntil, readBody, settled, text, turn } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { fillPattern } from '../../support/pattern.mjs';
import { type Script, type Servers, startServers, test } from '../../support/servers.ts';
import { connectionOf } from '../../support/streams.ts';
import { fetched } from '../../support/whole.ts';

const MIB = 2 ** 20;
/** More than the kernel keeps of a connection that nobody reads, both ends together. */
const MUCH = 24 * MIB;

let shared: Servers;
beforeAll(async () => {
  shared = await startServers();
});
afterAll(() => shared.close());

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function uploadsOf(pool: WorkerPool): UploadPieces {
  return internalsOf<{ uploads: UploadPieces }>('WorkerPool', 'pool', pool).uploads;
}

/** Sends a body, and returns what the server has made of it. */
async function sent(http: HTTPClient, body: Uint8Array): Promise<{ bodyLength: number; bodySha256: string }> {
  return JSON.parse(text((await exchange(http, Method.PUT, '/inspect', [], body)).body));
}

/** A pool of one thread, and how many pieces it keeps for later bodies. */
function makePool() {
  const pool = new WorkerPool({ threads: 1 });
  onTestFinished(() => pool.close());
  const uploads = uploadsOf(pool);
  const until = async (what: string, done: () => boolean): Promise<void> => {
    const end = performance.now() + PATIENCE;
    for (uploads.drain(); !done(); uploads.drain()) {
      if (performance.now() > end) throw new Error(`not ${what}: ${uploads.lent} lent, ${uploads.kept} kept`);
      await turn();
    }
  };
  /** The threads have none any more, and what they had is kept. */
  const allBack = () => until('back', () => uploads.lent === 0 && uploads.kept > 0);
  return { pool, uploads, allBack, until };
}

/** Reads nothing before `read`; then another server has the connection. */
async function gate(servers: Servers, tls: boolean) {
  const { host, port } = await servers.http();
  const begin: Script = [{ pauseReading: true }, { waitFor: 'read' }, { resumeReading: true }];
  return servers.raw([...begin, { tunnelTo: { host, port } }], { tls });
}

describe('the memory of a copied body', () => {
  test('serves the next bodies of all clients of the pool', async ({ servers }) => {
    const server = await servers.http();
    const { pool, uploads, allBack } = makePool();
    let most = 0;
    for (let client = 0; client < 3; client++) {
      const http = await connect(server, { pool });
      for (let round = 0; round < 3; round++) {
        const body = fillPattern(new Uint8Array(3 * MIB + 200_000), client);
        expect(http.requestRaw(Method.PUT, '/inspect', [], body)).toBe(ErrorCode.OK);
        const expected = sha256(body);
        body.fill(0xff);
        await settled(http);
        expect(JSON.parse(text(await readBody(http))).bodySha256).toBe(expected);
        expect(http.getStatus()).toBe(Status.CONNECTED);
        await allBack();
        most = Math.max(most, uploads.kept);
      }
    }
    // A body of four pieces was sent nine times.
    expect(most).toBeLessThanOrEqual(4);
  });

  test('is given back to the system when it is not needed, though nobody calls', async ({ servers }) => {
    const { pool, uploads, allBack } = makePool();
    await sent(await connect(await servers.http(), { pool }), new Uint8Array(4 * MIB));
    await allBack();
    const end = performance.now() + PATIENCE;
    while (uploads.kept > 0 && performance.now() < end) await turn();
    expect(uploads.kept).toBe(0);
  });

  test('also while the event loop stands still', async ({ servers }) => {
    const { pool, uploads, allBack } = makePool();
    const http = await connect(await servers.http(), { pool });
    await sent(http, new Uint8Array(4 * MIB));
    await allBack();
    const nap = new Int32Array(new SharedArrayBuffer(4));
    for (let frames = 0; frames < 1500 && uploads.kept > 0; frames++) {
      Atomics.wait(nap, 0, 0, 8);
      http.poll();
    }
    expect(uploads.kept).toBe(0);
  });

  test('is let go of with the pool', async ({ servers }) => {
    const { pool, uploads, allBack } = makePool();
    await sent(await connect(await servers.http(), { pool }), new Uint8Array(4 * MIB));
    await allBack();
    const http = await connect(await gate(servers, false), { pool });
    http.requestRaw(Method.PUT, '/inspect', [], new Uint8Array(MUCH));
    await pool.close();
    expect([uploads.kept, uploads.lent]).toEqual([0, 0]);
  });

  test('of a whole request serves each of its hops, and comes back', async ({ servers }) => {
    const server = await servers.http();
    const { pool, uploads, allBack } = makePool();
    const body = fillPattern(new Uint8Array(5 * MIB - 1));
    const request = fetched(server.url('/redirect/307?to=/inspect'), {
      method: Method.POST,
      body,
      options: { pool },
    });
    expect(uploads.lent).toBe(5);
    const expected = sha256(body);
    body.fill(0xff);
    const result = await request;
    expect(result.result).toBe(Result.SUCCESS);
    expect(result.json()).toMatchObject({ bodyLength: 5 * MIB - 1, bodySha256: expected });
    await allBack();
    expect(uploads.kept).toBe(5);
  });

  test('of a whole request that is cancelled comes back', async ({ servers }) => {
    const server = await gate(servers, false);
    const { pool, uploads, allBack, until } = makePool();
    const http = new HTTPRequest({ pool });
    http.requestRaw(server.url('/'), [], Method.POST, new Uint8Array(MUCH));
    await until('sent', () => http.getHttpClientStatus() === Status.REQUESTING);
    expect(uploads.lent).toBeGreaterThan(MUCH / MIB / 2);
    http.cancelRequest();
    await allBack();
    expect(uploads.kept).toBe(MUCH / MIB);
  });

  test('of a stream comes back', async ({ servers }) => {
    const server = await servers.raw([{ expectBytes: 2 * MIB + 300_000 }, { hold: true }]);
    const { pool, allBack } = makePool();
    const http = await connect(server, { pool });
    const stream = connectionOf(http);
    const bytes = fillPattern(new Uint8Array(2 * MIB + 300_000));
    expect(stream.putData(bytes)).toBe(ErrorCode.OK);
    const expected = Buffer.from(bytes);
    bytes.fill(0xff);
    await pollUntil(http, 'all to be sent', () => stream.getUnsentBytes() === 0);
    const { received } = await server.waitFor('the bytes', (r) => r.bytesReceived === expected.length);
    expect(expected.subarray(0, received.length).equals(received)).toBe(true);
    await allBack();
  });

  test.each([false, true])(
    'that was copied in vain is kept if a thread will ask for it: %j',
    async (asks) => {
      const { pool, uploads, allBack, until } = makePool();
      await pool.ready();
      const server = await shared.http();
      if (asks) {
        await sent(await connect(server, { pool }), new Uint8Array(MIB));
        await allBack();
        // From here on the thread asks no more.
        await until('freed', () => uploads.kept === 0);
      }
      const path = `${import.meta.dirname}/no such folder/file`;
      const first = new HTTPRequest({ pool });
      first.downloadFile = path;
      first.request(server.url('/hang'));
      const second = new HTTPRequest({ pool });
      second.downloadFile = path;
      const error = second.requestRaw(server.url('/'), [], Method.POST, new Uint8Array(2 * MIB));
      expect([error, uploads.kept]).toEqual([ErrorCode.ERR_FILE_ALREADY_IN_USE, asks ? 2 : 0]);
      await until('freed', () => uploads.kept === 0);
      first.cancelRequest();
    },
  );

  test('is not that of an array which a refused request has not got', async ({ servers }) => {
    const { pool, allBack } = makePool();
    const server = await servers.http();
    await sent(await connect(server, { pool }), new Uint8Array(MIB));
    await allBack();
    const mine = fillPattern(new Uint8Array(new ArrayBuffer(MIB, { maxByteLength: MIB })));
    const expected = sha256(mine);
    const path = `${import.meta.dirname}/no such folder/file`;
    const [first, second] = [1, 2].map(() => new HTTPRequest({ pool, transferBody: true }));
    if (!first || !second) throw new Error('unreachable');
    first.downloadFile = path;
    first.request(server.url('/hang'));
    second.downloadFile = path;
    for (let round = 0; round < 2; round++) {
      const error = second.requestRaw(server.url('/'), [], Method.POST, mine);
      expect(error).toBe(ErrorCode.ERR_FILE_ALREADY_IN_USE);
    }
    const other = new Uint8Array(2 * MIB).fill(0xff);
    expect(await sent(await connect(server, { pool }), other)).toMatchObject({ bodySha256: sha256(other) });
    expect([mine.length, sha256(mine)]).toEqual([MIB, expected]);
    first.cancelRequest();
  });

  test('of a stream of the caller that takes no more comes back after close()', async () => {
    const { pool, uploads, allBack } = makePool();
    const http = new HTTPClient({ pool });
    const full = new Duplex({ read() {}, write() {} });
    http.connection = StreamPeer.fromDuplex(full);
    expect(http.requestRaw(Method.PUT, '/', [], new Uint8Array(5 * MIB))).toBe(ErrorCode.OK);
    await pollUntil(http, 'a write', () => full.writableLength > MIB / 2);
    expect(uploads.lent).toBeGreaterThan(0);
    http.close();
    await allBack();
    expect(uploads.kept).toBe(5);
  });

  test('is not waited for when the pool is closed', async ({ servers }) => {
    const { pool, uploads } = makePool();
    const http = await connect(await servers.http(), { pool });
    await pool.close();
    expect(http.requestRaw(Method.PUT, '/', [], new Uint8Array(MIB))).toBe(ErrorCode.OK);
    expect(uploads.lent).toBe(1);
    await turn();
    expect(uploads.lent).toBe(0);
  });
});

/** Sends a request to a server that reads nothing of it. Returns when the worker writes it. */
async function stuck(pool: WorkerPool, http: HTTPClient, body: Uint8Array): Promise<void> {
  const { requests } = await pool.stats();
  expect(http.requestRaw(Method.PUT, '/inspect', [], body)).toBe(ErrorCode.OK);
  while ((await pool.stats()).requests === requests) await turn();
}

describe.each([
  ['http', false],
  ['https', true],
] as const)('memory that the system still reads, by %s,', (_kind, tls) => {
  test('is not written to', async ({ servers }) => {
    const { pool, uploads } = makePool();
    const { cert } = await servers.authority();
    const slow = await gate(servers, tls);
    const first = await connect(slow, { pool, ...(tls ? { ca: cert } : {}) });
    const body = fillPattern(new Uint8Array(MUCH));
    await stuck(pool, first, body);
    expect(uploads.lent).toBeGreaterThan(0);
    const second = await connect(await servers.http(), { pool });
    for (let round = 0; round < 3; round++) {
      const other = new Uint8Array(MUCH).fill(0xff);
      expect(await sent(second, other)).toMatchObject({ bodySha256: sha256(other) });
    }
    slow.release('read');
    await settled(first);
    expect(JSON.parse(text(await readBody(first)))).toMatchObject({
      bodyLength: MUCH,
      bodySha256: sha256(body),
    });
  });

  test('comes back after close()', async ({ servers }) => {
    const { pool, allBack } = makePool();
    const { cert } = await servers.authority();
    const slow = await gate(servers, tls);
    const http = await connect(slow, { pool, ...(tls ? { ca: cert } : {}) });
    await stuck(pool, http, new Uint8Array(MUCH));
    http.close();
    await allBack();
  });

  test('comes back when the server refuses the rest and resets', async ({ servers }) => {
    const { pool, allBack } = makePool();
    const { cert } = await servers.authority();
    const head = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much';
    const script: Script = [{ expectHead: true }, { pauseReading: true }, { send: head }, { reset: true }];
    const server = await servers.raw(script, { tls });
    const http = await connect(server, { pool, ...(tls ? { ca: cert } : {}) });
    await exchange(http, Method.PUT, '/', [], new Uint8Array(MUCH));
    expect(http.getStatus()).not.toBe(Status.CONNECTED);
    await allBack();
  });
});
