import { ErrorCode, type HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { afterAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { connect, exchange, get, pollUntil, settled, text, turn } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { freshSeed, randomFrom } from '../../support/random.mjs';
import { type Script, startServers, type TestServer } from '../../support/servers.ts';

const servers = await startServers();
/** One thread: what it has read, it has read for the test's one client. */
const pool = new WorkerPool({ threads: 1 });
afterAll(() => Promise.all([servers.close(), pool.close()]));

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: ';

/** Resolves when the thread has read `bytes` more than `before`. */
async function hasRead(bytes: number, before: number): Promise<void> {
  const end = performance.now() + PATIENCE;
  while ((await pool.stats()).bytesRead - before < bytes) expect(performance.now()).toBeLessThan(end);
}

/** A client in BODY, everything that `script` sends before its first wait having come to its memory. */
async function openBody(script: Script): Promise<{ http: HTTPClient; server: TestServer }> {
  const before = (await pool.stats()).bytesRead;
  const server = await servers.raw([{ expectHead: true }, ...script]);
  const http = await connect(server, { pool });
  http.request(Method.GET, '/', []);
  const wait = script.findIndex((step) => 'waitFor' in step);
  const steps = wait < 0 ? script : script.slice(0, wait);
  let size = 0;
  for (const step of steps) {
    if ('send' in step) size += Buffer.byteLength(step.send);
    if ('sendEach' in step) size += Buffer.byteLength(step.sendEach);
  }
  await hasRead(size, before);
  http.poll();
  expect(http.getStatus()).toBe(Status.BODY);
  return { http, server };
}

/** `size` bytes of the pattern behind a head that announces `length`. */
function patternOf(size: number, length = size): Script {
  return [{ send: `${HEAD}${length}\r\n\r\n` }, { send: fillPattern(Buffer.alloc(size)) }];
}

const READS = [
  { by: 'readResponseBodyChunk', read: (http: HTTPClient) => http.readResponseBodyChunk() },
  {
    by: 'readResponseBodyInto',
    read: (http: HTTPClient) => {
      const target = new Uint8Array(http.readChunkSize);
      return target.subarray(0, http.readResponseBodyInto(target));
    },
  },
  { by: 'borrowResponseBodyChunk', read: (http: HTTPClient) => http.borrowResponseBodyChunk() },
];

describe.each(READS)('$by', ({ read }) => {
  test('returns at most a chunk, and leaves BODY with the last byte', async () => {
    const { http } = await openBody(patternOf(1000));
    http.readChunkSize = 256;
    let at = 0;
    for (const size of [256, 256, 256, 232]) {
      expect(http.getStatus()).toBe(Status.BODY);
      const bytes = read(http);
      expect(bytes).toHaveLength(size);
      checkPattern(bytes, at);
      at += size;
    }
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('leaves BODY with the last byte of chunks whose end has come', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n';
    const { http } = await openBody([{ send: chunked }]);
    expect(text(Uint8Array.from(read(http)))).toBe('hello');
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('returns nothing while nothing has come, and stays in BODY', async () => {
    const { http, server } = await openBody([
      { send: `${HEAD}5\r\n\r\n` },
      { waitFor: 'go' },
      { send: 'hello' },
    ]);
    for (let i = 0; i < 3; i++) {
      expect(read(http)).toHaveLength(0);
      expect(http.getStatus()).toBe(Status.BODY);
    }
    server.release('go');
    let bytes = new Uint8Array(0);
    await pollUntil(http, 'bytes', () => {
      bytes = Uint8Array.from(read(http));
      return bytes.length > 0;
    });
    expect(text(bytes)).toBe('hello');
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('returns nothing outside BODY, and changes nothing', async () => {
    const server = await servers.raw([
      [{ expectHead: true }, { send: `${HEAD}2\r\n\r\nok` }, { expectHead: true }, { end: true }],
      [],
    ]);
    const http = await connect(server, { pool });
    const expectNothing = (status: Status): void => {
      const before = [status, http.getLastError(), http.getResponseCode(), http.getResponseHeaders()];
      expect(read(http)).toHaveLength(0);
      expect([
        http.getStatus(),
        http.getLastError(),
        http.getResponseCode(),
        http.getResponseHeaders(),
      ]).toEqual(before);
    };
    expectNothing(Status.CONNECTED);
    http.request(Method.GET, '/1', []);
    expectNothing(Status.REQUESTING);
    // The answer is there, but the world stands still until poll().
    server.blockUntil('the answer', ({ sent }) => sent > 0);
    expectNothing(Status.REQUESTING);
    await settled(http);
    expect(read(http)).toHaveLength(2);
    expectNothing(Status.CONNECTED);
    http.request(Method.GET, '/2', []);
    await settled(http);
    expectNothing(Status.CONNECTION_ERROR);
    http.close();
    expectNothing(Status.DISCONNECTED);
    http.connectToHost(server.host, server.port);
    expectNothing(Status.CONNECTING);
  });

  test('returns the bytes before a failure first, then the failure shows', async () => {
    const { http } = await openBody([...patternOf(700, 1000), { end: true }]);
    http.readChunkSize = 512;
    checkPattern(read(http));
    expect(http.getStatus()).toBe(Status.BODY);
    expect(read(http)).toHaveLength(188);
    await pollUntil(http, 'the failure', () => http.getStatus() !== Status.BODY);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code: 'TRUNCATED_BODY', phase: 'body' });
  });
});

test('readResponseBodyChunk gathers what came in many pieces', async () => {
  const bytes = fillPattern(Buffer.alloc(300));
  const { http } = await openBody([{ send: `${HEAD}300\r\n\r\n` }, { sendEach: bytes }]);
  const chunk = http.readResponseBodyChunk();
  expect(chunk).toHaveLength(300);
  checkPattern(chunk);
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

test('readResponseBodyChunk gives memory that is the caller’s own', async () => {
  const { http } = await openBody(patternOf(2000));
  http.readChunkSize = 1000;
  const first = http.readResponseBodyChunk();
  expect(first.buffer).toBeInstanceOf(ArrayBuffer);
  const second = http.readResponseBodyChunk();
  second.fill(0);
  checkPattern(first);
});

test('readResponseBodyInto fills a small target, and only the part of a large one that it counts', async () => {
  const { http } = await openBody(patternOf(1000, 1500));
  const target = new Uint8Array(2000).fill(0xaa);
  expect(http.readResponseBodyInto(new Uint8Array(0))).toBe(0);
  expect(http.readResponseBodyInto(target.subarray(10, 30))).toBe(20);
  expect([target[9], target[30]]).toEqual([0xaa, 0xaa]);
  checkPattern(target.subarray(10, 30));
  expect(http.readResponseBodyInto(target)).toBe(980);
  checkPattern(target.subarray(0, 980), 20);
  expect(target.subarray(980).every((byte) => byte === 0xaa)).toBe(true);
  expect(http.readResponseBodyInto(target)).toBe(0);
  expect(http.getStatus()).toBe(Status.BODY);
});

test('readResponseBodyInto is not limited by readChunkSize', async () => {
  const { http } = await openBody(patternOf(5000));
  http.readChunkSize = 256;
  expect(http.readResponseBodyInto(new Uint8Array(6000))).toBe(5000);
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

test('a zero-length target at the end of a body takes nothing from it', async () => {
  const { http } = await openBody(patternOf(1));
  expect(http.readResponseBodyInto(new Uint8Array(0))).toBe(0);
  expect(http.getStatus()).toBe(Status.BODY);
  expect(http.readResponseBodyInto(new Uint8Array(1))).toBe(1);
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

test('borrowResponseBodyChunk lends shared memory, whole until the next call on the client', async () => {
  const limits = { headSize: 2048, headFields: 32 };
  const server = await servers.http();
  const http = await connect(server, { pool, bufferSize: 65_536, limits });
  const before = (await pool.stats()).bytesRead;
  http.request(Method.GET, '/bytes/2000000', []);
  // The memory is full: what is given back is written over at once.
  await hasRead(56_000, before);
  http.poll();
  let at = 0;
  let longest = 0;
  for (let round = 0; round < 30; round++) {
    let view = http.borrowResponseBodyChunk();
    while (view.length === 0) {
      await turn();
      view = http.borrowResponseBodyChunk();
    }
    expect(view.buffer).toBeInstanceOf(SharedArrayBuffer);
    // So often the worker has had its turn.
    for (let i = 0; i < 10; i++) await pool.stats();
    checkPattern(view, at);
    at += view.length;
    longest = Math.max(longest, view.length);
  }
  // What is short could lie in the room that the worker always leaves.
  expect(longest).toBeGreaterThan(16_384);
});

const seed = freshSeed();

test('small responses use the first pages of the buffer again and again', async () => {
  const server = await servers.http();
  const memories: SharedArrayBuffer[] = [];
  vi.stubGlobal(
    'SharedArrayBuffer',
    class extends SharedArrayBuffer {
      constructor(length: number) {
        super(length);
        memories.push(this);
      }
    },
  );
  // As large as for no other client here: memory of one that was collected would be used again, and none made.
  const http = await connect(server, { bufferSize: 2 ** 21 });
  vi.unstubAllGlobals();
  const ring = new Uint8Array(memories.find(({ byteLength }) => byteLength > 2 ** 21) ?? new ArrayBuffer(0));
  expect(ring.length).toBeGreaterThan(2 ** 21);
  // More than a mebibyte and a half in all.
  for (let request = 0; request < 1500; request++) {
    expect(http.request(Method.GET, '/bytes/1000', [])).toBe(ErrorCode.OK);
    // As in a game, which does not poll before its next frame.
    server.blockUntil('the request', ({ requests }) => requests > request);
    await settled(http);
    await pollUntil(http, 'the end', () => http.readResponseBodyChunk().length === 1000);
  }
  expect(ring.subarray(0, 2 ** 18).some((byte) => byte !== 0)).toBe(true);
  expect(ring.subarray(2 ** 20).some((byte) => byte !== 0)).toBe(false);
});

describe(`the three reads mixed at random, seed ${seed}`, () => {
  test.each([
    ['http', '/bytes/2000000'],
    ['http', '/chunked/2000000?chunk=1009'],
    ['http', '/close/2000000'],
    ['https', '/bytes/2000000'],
    ['https', '/chunked/2000000?chunk=50021'],
    ['https', '/close/2000000'],
  ] as const)('deliver every byte once, in order: %s %s', async (kind, url) => {
    const random = randomFrom(seed);
    const server = await servers[kind]();
    const { cert } = await servers.authority();
    const http = await connect(server, { bufferSize: 65_536, ...(kind === 'https' ? { ca: cert } : {}) });
    http.request(Method.GET, url, []);
    await settled(http);
    const target = new Uint8Array(100_000);
    let at = 0;
    await pollUntil(http, 'the end', () => {
      for (let i = random(20); i >= 0; i--) {
        http.readChunkSize = 256 + random(random(2) === 0 ? 300 : 70_000);
        const way = random(3);
        const into = target.subarray(0, random(random(2) === 0 ? 20 : 100_000));
        const bytes =
          way === 0
            ? http.readResponseBodyChunk()
            : way === 1
              ? http.borrowResponseBodyChunk()
              : into.subarray(0, http.readResponseBodyInto(into));
        checkPattern(bytes, at);
        at += bytes.length;
      }
      return http.getStatus() !== Status.BODY;
    });
    expect(at).toBe(2_000_000);
    expect(http.getLastError()).toBeNull();
    expect(http.getStatus()).toBe(url.startsWith('/close') ? Status.DISCONNECTED : Status.CONNECTED);
  });
});

test('a body that nobody reads does not end by itself, and a new request is refused', async () => {
  const { http } = await openBody(patternOf(10));
  for (let i = 0; i < 100; i++) http.poll();
  expect(http.getStatus()).toBe(Status.BODY);
  await expect(exchange(http, Method.GET, '/')).rejects.toThrow('BODY');
  checkPattern(http.readResponseBodyChunk());
});

test('after a body was read in part, close() and a new connection start clean', async () => {
  const { http } = await openBody([...patternOf(100_000), { hold: true }]);
  expect(http.readResponseBodyChunk()).toHaveLength(65_536);
  const server = await servers.http();
  http.close();
  http.connectToHost(server.host, server.port);
  expect(await settled(http)).toBe(Status.CONNECTED);
  checkPattern((await get(http, '/bytes/100000')).body);
});

test('a chunk has memory of its own, by its type too: Blob, Response and crypto take it', async () => {
  const { http } = await openBody(patternOf(1000));
  const chunk = http.readResponseBodyChunk();
  expectTypeOf(chunk).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(http.borrowResponseBodyChunk()).toEqualTypeOf<Uint8Array>();
  expect(chunk.buffer).toBeInstanceOf(ArrayBuffer);
  expect(new Uint8Array(await new Blob([chunk]).arrayBuffer())).toEqual(chunk);
  expect(new Uint8Array(await new Response(chunk).arrayBuffer())).toEqual(chunk);
  expect((await crypto.subtle.digest('SHA-256', chunk)).byteLength).toBe(32);
});
