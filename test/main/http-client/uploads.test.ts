import { createHash } from 'node:crypto';
import { markAsUntransferable } from 'node:worker_threads';
import { ErrorCode, type HTTPClient, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, exchange, get, pollUntil, readBody, settled, text } from '../../support/client.ts';
import { fillPattern } from '../../support/pattern.mjs';
import { type Step, startServers } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const MIB = 2 ** 20;

interface Inspection {
  method: string;
  rawHeaders: string[];
  bodyLength: number;
  bodySha256: string;
}

/** What the server made of a request. */
async function inspect(
  http: HTTPClient,
  method: Method,
  body?: string | Uint8Array,
): Promise<Inspection & { contentLength: string | undefined }> {
  const answer = await exchange(http, method, '/inspect', [], body);
  expect([answer.code, answer.status]).toEqual([200, Status.CONNECTED]);
  const seen: Inspection = JSON.parse(text(answer.body));
  const at = seen.rawHeaders.indexOf('Content-Length');
  return { ...seen, contentLength: at < 0 ? undefined : seen.rawHeaders[at + 1] };
}

function untransferable(size: number): ArrayBuffer {
  const memory = new ArrayBuffer(size);
  markAsUntransferable(memory);
  return memory;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each(['http', 'https'] as const)('by %s', (kind) => {
  const open = async (transferBody: boolean): Promise<HTTPClient> => {
    const { cert } = await servers.authority();
    return connect(await servers[kind](), { transferBody, ...(kind === 'https' ? { ca: cert } : {}) });
  };

  test.each([false, true])(
    '64 MiB arrive whole, twice on one connection: transferBody %s',
    async (transferBody) => {
      const http = await open(transferBody);
      for (const method of [Method.POST, Method.PUT]) {
        const body = fillPattern(new Uint8Array(64 * MIB));
        const expected = sha256(body);
        const seen = await inspect(http, method, body);
        expect([seen.bodyLength, seen.bodySha256, seen.contentLength]).toEqual([
          64 * MIB,
          expected,
          String(64 * MIB),
        ]);
      }
    },
  );

  test('a body and its echo pass each other', async () => {
    const http = await open(false);
    const body = fillPattern(new Uint8Array(16 * MIB));
    const echo = await exchange(http, Method.POST, '/echo', [], body);
    expect([echo.body.length, echo.status]).toEqual([16 * MIB, Status.CONNECTED]);
    expect(sha256(echo.body)).toBe(sha256(body));
  });

  test.each([0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB])('a body of %i bytes arrives whole', async (size) => {
    const body = fillPattern(new Uint8Array(size));
    const seen = await inspect(await open(false), Method.POST, body);
    expect([seen.bodyLength, seen.bodySha256]).toEqual([size, sha256(body)]);
  });
});

describe('a body in the memory of the caller', () => {
  const SIZE = 100_000;
  /** `given`: whether `transferBody` may give it away. */
  const BODIES: { name: string; make: () => Uint8Array; given: boolean }[] = [
    { name: 'an array', make: () => new Uint8Array(SIZE), given: true },
    { name: 'an array of one byte', make: () => new Uint8Array(1), given: true },
    { name: 'a large Buffer', make: () => Buffer.alloc(SIZE), given: true },
    { name: 'a small Buffer from the pool', make: () => Buffer.from('small'), given: false },
    { name: 'a subarray', make: () => new Uint8Array(SIZE + 9).subarray(5, SIZE), given: false },
    {
      name: 'the start of a longer array',
      make: () => new Uint8Array(SIZE + 1).subarray(0, SIZE),
      given: false,
    },
    { name: 'shared memory', make: () => new Uint8Array(new SharedArrayBuffer(SIZE)), given: false },
    { name: 'memory whose owner forbids it', make: () => new Uint8Array(untransferable(SIZE)), given: false },
  ];

  test.each(BODIES)('stays as it is without transferBody: $name', async ({ make }) => {
    const http = await connect(await servers.http());
    const body = fillPattern(make());
    const expected = sha256(body);
    const seen = await inspect(http, Method.POST, body);
    expect(seen.bodySha256).toBe(expected);
    expect(sha256(body)).toBe(expected);
  });

  test.each(BODIES)(
    'is given away with transferBody only where nobody shares it: $name',
    async ({ make, given }) => {
      const http = await connect(await servers.http(), { transferBody: true });
      const body = fillPattern(make());
      const expected = sha256(body);
      const size = body.length;
      expect(http.requestRaw(Method.POST, '/inspect', [], body)).toBe(ErrorCode.OK);
      expect(body).toHaveLength(given ? 0 : size);
      if (!given) expect(sha256(body)).toBe(expected);
      await settled(http);
      const seen: Inspection = JSON.parse(text(await readBody(http)));
      expect([seen.bodyLength, seen.bodySha256]).toEqual([size, expected]);
    },
  );

  test('is not given away by a request that is refused', async () => {
    const http = await connect(await servers.http(), { transferBody: true });
    const body = fillPattern(new Uint8Array(SIZE));
    expect(http.requestRaw(Method.POST, 'no path', [], body)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    http.close();
    expect(http.requestRaw(Method.POST, '/', [], body)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(body).toHaveLength(SIZE);
  });

  test.each(BODIES)(
    'can be changed once the call is back, and the server does not see that: $name',
    async ({ make }) => {
      const http = await connect(await servers.http());
      const body = fillPattern(make());
      const expected = sha256(body);
      http.requestRaw(Method.POST, '/inspect', [], body);
      body.fill(0xff);
      await settled(http);
      const seen: Inspection = JSON.parse(text(await readBody(http)));
      expect(seen.bodySha256).toBe(expected);
    },
  );
});

test.each([
  ['GET', Method.GET, 'a body', 0, undefined],
  ['GET', Method.GET, Uint8Array.of(1, 2, 3), 0, undefined],
  ['GET', Method.GET, '', 0, undefined],
  ['POST', Method.POST, '', 0, '0'],
  ['POST', Method.POST, new Uint8Array(0), 0, '0'],
  ['PUT', Method.PUT, '', 0, '0'],
  ['PATCH', Method.PATCH, '', 0, '0'],
  ['DELETE', Method.DELETE, '', 0, undefined],
  ['DELETE', Method.DELETE, 'a body', 6, '6'],
  ['POST', Method.POST, 'grüße, 世界', 15, '15'],
] as const)('%s: what is sent of a body, and its length', async (name, method, body, size, contentLength) => {
  const http = await connect(await servers.http());
  const seen = await inspect(http, method, body);
  expect(seen).toMatchObject({ method: name, bodyLength: size });
  expect(seen.contentLength).toBe(contentLength);
  if (typeof body === 'string' && size > 0) expect(seen.bodySha256).toBe(sha256(Buffer.from(body)));
});

test('the status stays REQUESTING until the head of the answer', async () => {
  const server = await servers.raw([
    { expectHead: true },
    { expectBytes: 4 * MIB },
    { waitFor: 'answer' },
    { send: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n' },
    { waitFor: 'end of head' },
    { send: '\r\ndone' },
  ]);
  const http = await connect(server);
  http.requestRaw(Method.POST, '/', [], new Uint8Array(4 * MIB));
  const stillRequesting = (): void => {
    expect(http.poll()).toBe(ErrorCode.OK);
    expect([http.getStatus(), http.hasResponse()]).toEqual([Status.REQUESTING, false]);
  };
  stillRequesting();
  server.blockUntil('the whole body', ({ received }) => received > 4 * MIB);
  stillRequesting();
  server.release('answer');
  server.blockUntil('half a head', ({ sent }) => sent > 0);
  stillRequesting();
  server.release('end of head');
  expect(await settled(http)).toBe(Status.BODY);
  expect(text(await readBody(http))).toBe('done');
  expect(http.getStatus()).toBe(Status.CONNECTED);
});

describe.each([
  ['http', false],
  ['https', true],
])('an answer that comes before the whole body was sent, by %s', (_kind, tls) => {
  /** More than the kernels of both sides take. */
  const HUGE = new Uint8Array(96 * MIB);
  const REFUSAL = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\n';
  const GOOD = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
  const start = [{ expectHead: true }, { pauseReading: true }] as const;

  const open = async (...steps: Step[]) => {
    const { cert } = await servers.authority();
    const server = await servers.raw([steps, [{ expectHead: true }, { send: GOOD }]], { tls });
    return { server, http: await connect(server, tls ? { ca: cert } : {}) };
  };

  test('is delivered whole, and ends the connection', async () => {
    const { http } = await open(...start, { send: `${REFUSAL}too much` }, { hold: true });
    const answer = await exchange(http, Method.POST, '/', [], HUGE);
    expect([answer.code, text(answer.body), answer.status]).toEqual([413, 'too much', Status.DISCONNECTED]);
    expect(http.getLastError()).toBeNull();
  });

  test('is delivered whole also when it has no end but the close', async () => {
    const answerUntilClose = 'HTTP/1.1 413 Content Too Large\r\n\r\ntoo much';
    const { http } = await open(...start, { send: answerUntilClose }, { end: true }, { hold: true });
    const answer = await exchange(http, Method.POST, '/', [], HUGE);
    expect([answer.code, text(answer.body), answer.status]).toEqual([413, 'too much', Status.DISCONNECTED]);
  });

  test('leaves its head and what came of the body readable when a reset follows', async () => {
    const { http, server } = await open(
      ...start,
      { send: `${REFUSAL}too` },
      { waitFor: 'the head was seen' },
      { reset: true },
    );
    http.requestRaw(Method.POST, '/', [], HUGE);
    expect(await settled(http)).toBe(Status.BODY);
    server.release('the head was seen');
    expect(text(await readBody(http))).toBe('too');
    expect([http.getStatus(), http.getResponseCode()]).toEqual([Status.CONNECTION_ERROR, 413]);
    expect(http.getResponseHeaders()).toEqual(['Content-Length: 8']);
    expect(http.getLastError()).toMatchObject({
      phase: 'body',
      code: expect.stringMatching(/ECONNRESET|EPIPE/),
    });
  });

  test('does not harm the next connection', async () => {
    const { http, server } = await open(...start, { send: `${REFUSAL}too much` }, { hold: true });
    await exchange(http, Method.POST, '/', [], HUGE);
    const { cert } = await servers.authority();
    http.connectToHost(server.host, server.port, tls ? TLSOptions.client(cert) : null);
    await settled(http);
    expect(text((await get(http, '/')).body)).toBe('good');
  });

  test('that never comes, because the server resets, is CONNECTION_ERROR', async () => {
    const { http, server } = await open(...start, { waitFor: 'go' }, { reset: true });
    http.requestRaw(Method.POST, '/', [], HUGE);
    await pollUntil(http, 'the request at the server', () => server.counts.requests === 1);
    server.release('go');
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(http.hasResponse()).toBe(false);
    expect(http.getLastError()).toMatchObject({ phase: 'request' });
  });
});
