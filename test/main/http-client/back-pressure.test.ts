import { type HTTPClient, type HTTPClientOptions, Method, Status, WorkerPool } from 'tickhttp';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { connect, get, pollUntil, settled } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern, patternView } from '../../support/pattern.mjs';
import { startServers, type TestServer } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const MIB = 2 ** 20;
/** What it takes for a buffer as small as can be: see `bufferSize`. */
const SMALL = { bufferSize: 16_384, limits: { headSize: 2048, headFields: 32 } };
/** A quarter of the memory is no more than what is kept free for records' headers and fields. */
const MANY_FIELDS = { bufferSize: 16_384, limits: { headSize: 1024, headFields: 2048 } };

/** Reads a body to its end, checks every byte of it, and returns its length. */
async function drain(http: HTTPClient, ms: number): Promise<number> {
  const target = new Uint8Array(65_536);
  let at = 0;
  await pollUntil(
    http,
    'the end of the body',
    () => {
      for (;;) {
        const count = http.readResponseBodyInto(target);
        if (count === 0) return http.getStatus() !== Status.BODY;
        checkPattern(target.subarray(0, count), at);
        at += count;
      }
    },
    ms,
  );
  return at;
}

describe.each([
  { kind: 'http', size: 64 * MIB },
  { kind: 'https', size: 16 * MIB },
] as const)('a body far larger than the memory for it, by $kind', ({ kind, size }) => {
  test.each<{ url: string; of?: number; options: HTTPClientOptions; name: string }>([
    { url: '/bytes/', name: 'of fixed length, 16 KiB', options: SMALL },
    { url: '/bytes/', name: 'of fixed length, 64 KiB', options: { ...SMALL, bufferSize: 65_536 } },
    { url: '/bytes/', name: 'of fixed length, default limits', options: { bufferSize: 16_384 } },
    { url: '/bytes/', name: 'of fixed length, more fields than bytes', options: MANY_FIELDS },
    { url: '/chunked/', name: 'in chunks of 1 byte', of: 1, options: SMALL },
    { url: '/chunked/', name: 'in chunks of 1000 bytes', of: 1000, options: SMALL },
    { url: '/chunked/', name: 'in chunks of 8 MiB', of: 8 * MIB, options: SMALL },
    { url: '/close/', name: 'until the close', options: SMALL },
  ])('comes whole: $name', { timeout: 60_000 }, async ({ url, of, options }) => {
    const server = await servers[kind]();
    const { cert } = await servers.authority();
    const http = await connect(server, { ...options, ...(kind === 'https' ? { ca: cert } : {}) });
    // A server needs a write for each of its chunks.
    const length = of === 1 ? MIB / 8 : of === 1000 ? 8 * MIB : size;
    http.request(Method.GET, `${url}${length}${of === undefined ? '' : `?chunk=${of}`}`, []);
    await settled(http);
    expect(await drain(http, 50_000)).toBe(length);
    expect(http.getLastError()).toBeNull();
    expect(http.getStatus()).toBe(url === '/close/' ? Status.DISCONNECTED : Status.CONNECTED);
  });
});

interface Stalled {
  http: HTTPClient;
  server: TestServer;
  pool: WorkerPool;
}

/** A whole period of the pattern: repeated for ever, it is the pattern. */
const PERIOD = Buffer.from(patternView(0, 65_521));

describe.each([
  ['fixed length', `Content-Length: ${2 ** 40}\r\n\r\n`, PERIOD],
  ['until the close', '\r\n', PERIOD],
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n', `${(65_521).toString(16)}\r\n`],
] as const)('while nobody reads a body, %s', (_name, rest, piece) => {
  const head = `HTTP/1.1 200 OK\r\n${rest}`;
  const forever =
    typeof piece === 'string' ? Buffer.concat([Buffer.from(piece), PERIOD, Buffer.from('\r\n')]) : piece;
  const CAPACITY = 65_536;

  /** A client that does not read, on a thread of its own: what that has read is what the client was sent. */
  async function stalled(tls: boolean): Promise<Stalled> {
    const { cert } = await servers.authority();
    const pool = new WorkerPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const server = await servers.raw([{ expectHead: true }, { send: head }, { sendForever: forever }], {
      tls,
    });
    const options = { pool, bufferSize: CAPACITY, limits: { headSize: 2048, headFields: 32 } };
    const http = await connect(server, { ...options, ...(tls ? { ca: cert } : {}) });
    http.request(Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.BODY);
    // So full that the worker has stopped reading, while the server has more to send than the memory could take.
    const end = performance.now() + PATIENCE;
    while ((await pool.stats()).bytesRead < CAPACITY / 2) expect(performance.now()).toBeLessThan(end);
    server.blockUntil('a full connection', ({ sent }) => sent > 2 * CAPACITY);
    return { http, server, pool };
  }

  test.each([
    ['http', false],
    ['https', true],
  ])(
    'the worker reads no more than the memory holds, and goes on when it is read: %s',
    async (_kind, tls) => {
      const { http, server, pool } = await stalled(tls);
      // What a TLS socket has read when it is stopped, it still decrypts and hands over.
      const most = CAPACITY + head.length + (tls ? 2 * 65_536 : 0);
      for (let round = 0; round < 50; round++) {
        http.poll();
        expect((await pool.stats()).bytesRead).toBeLessThanOrEqual(most);
      }
      const target = new Uint8Array(10_000);
      const { sent } = server.counts;
      let at = 0;
      await pollUntil(http, 'more than had been sent', () => {
        const count = http.readResponseBodyInto(target);
        checkPattern(target.subarray(0, count), at);
        at += count;
        return at > sent + 4 * CAPACITY || http.getStatus() !== Status.BODY;
      });
      expect(http.getStatus()).toBe(Status.BODY);
      expect(server.counts.sent).toBeGreaterThan(sent);
      http.close();
      await server.closed();
    },
  );

  test('another client of the same thread goes on', async () => {
    const { http, server, pool } = await stalled(false);
    const other = await connect(await servers.http(), { pool });
    for (let round = 0; round < 3; round++) {
      const { body, status } = await get(other, `/bytes/${4 * MIB}`);
      expect([body.length, status]).toEqual([4 * MIB, Status.CONNECTED]);
      checkPattern(body);
    }
    expect(http.getStatus()).toBe(Status.BODY);
    http.close();
    await server.closed();
  });

  test('close() ends the connection, and the next one starts clean', async () => {
    const { http, server } = await stalled(false);
    http.close();
    await server.closed();
    const good = await servers.http();
    http.connectToHost(good.host, good.port);
    await settled(http);
    checkPattern((await get(http, '/bytes/300000')).body);
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });
});
