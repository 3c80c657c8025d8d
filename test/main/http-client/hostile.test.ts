import { ErrorCode, HTTPClient, Method, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { connect, exchange, get, pollUntil, readBody, settled, text } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { type Script, type Step, startServers, type TestServer } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const OK = 'HTTP/1.1 200 OK\r\n';
const GOOD: Script = [{ expectHead: true }, { send: `${OK}Content-Length: 4\r\n\r\ngood` }];

/** Connects again and gets a good answer: whatever the last connection did has left nothing behind. */
async function expectRecovery(http: HTTPClient, server: TestServer, tls?: TLSOptions): Promise<void> {
  expect(http.connectToHost(server.host, server.port, tls)).toBe(ErrorCode.OK);
  expect(await settled(http)).toBe(Status.CONNECTED);
  const answer = await get(http, '/');
  expect([answer.code, text(answer.body), answer.status]).toEqual([200, 'good', Status.CONNECTED]);
  expect(http.getLastError()).toBeNull();
}

interface Bad {
  name: string;
  /** After the request. */
  steps: Step[];
  status?: Status;
  code?: number;
  body?: string;
  /** Of `getLastError()`; null where the end is no failure. */
  error: string | null;
  phase?: string;
}

const FIXED = `${OK}Content-Length: 9\r\n\r\n`;
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

const BAD: Bad[] = [
  { name: 'another protocol', steps: [{ send: 'SSH-2.0-OpenSSH_9.6\r\n' }], error: 'INVALID_STATUS_LINE' },
  {
    name: 'TLS to a plain client',
    steps: [{ send: Buffer.from('15030100020228', 'hex') }],
    error: 'INVALID_STATUS_LINE',
  },
  { name: 'zeros', steps: [{ send: new Uint8Array(100_000) }], error: 'INVALID_STATUS_LINE' },
  { name: 'HTTP/2', steps: [{ send: 'HTTP/2 200\r\n\r\n' }], error: 'INVALID_STATUS_LINE' },
  { name: 'HTTP/0.9', steps: [{ send: '<html>hello</html>' }, { end: true }], error: 'INVALID_STATUS_LINE' },
  { name: 'no colon in a field', steps: [{ send: `${OK}what\r\n\r\n` }], error: 'INVALID_HEADER' },
  { name: 'NUL in a field', steps: [{ send: `${OK}A: \0\r\n\r\n` }], error: 'INVALID_HEADER' },
  {
    name: 'a negative length',
    steps: [{ send: `${OK}Content-Length: -1\r\n\r\n` }],
    error: 'INVALID_CONTENT_LENGTH',
  },
  {
    name: 'two lengths',
    steps: [{ send: `${OK}Content-Length: 4\r\nContent-Length: 5\r\n\r\ngood` }],
    error: 'INVALID_CONTENT_LENGTH',
  },
  {
    name: 'a length and chunks',
    steps: [{ send: `${OK}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n` }],
    error: 'INVALID_TRANSFER_ENCODING',
  },
  {
    name: 'too much',
    steps: [{ send: `${FIXED}too much!and more` }],
    status: Status.DISCONNECTED,
    code: 200,
    body: 'too much!',
    error: null,
  },
  {
    name: 'too little',
    steps: [{ send: `${FIXED}litt` }, { end: true }],
    code: 200,
    body: 'litt',
    error: 'TRUNCATED_BODY',
  },
  {
    name: 'a length beyond all numbers',
    steps: [{ send: `${OK}Content-Length: 99999999999999999999\r\n\r\n` }],
    error: 'INVALID_CONTENT_LENGTH',
  },
  {
    name: 'a length of 8 PiB, then little',
    steps: [{ send: `${OK}Content-Length: 9007199254740991\r\n\r\nlitt` }, { end: true }],
    code: 200,
    body: 'litt',
    error: 'TRUNCATED_BODY',
  },
  {
    name: 'bad chunk size',
    steps: [{ send: `${CHUNKED}3\r\nabc\r\nxyz\r\n` }],
    code: 200,
    body: 'abc',
    error: 'INVALID_CHUNK',
  },
  {
    name: 'chunk without its end',
    steps: [{ send: `${CHUNKED}3\r\nabcdef\r\n` }],
    code: 200,
    body: 'abc',
    error: 'INVALID_CHUNK',
  },
  {
    name: 'chunk size beyond all numbers',
    steps: [{ send: `${CHUNKED}FFFFFFFFFFFFFFFFF\r\n` }],
    code: 200,
    error: 'INVALID_CHUNK',
  },
  {
    name: 'no last chunk',
    steps: [{ send: `${CHUNKED}3\r\nabc\r\n` }, { end: true }],
    code: 200,
    body: 'abc',
    error: 'TRUNCATED_BODY',
  },
  { name: 'nothing, then a close', steps: [{ end: true }], error: 'EMPTY_RESPONSE' },
  { name: 'nothing, then a reset', steps: [{ reset: true }], error: 'ECONNRESET' },
  {
    name: 'an interim response, then a close',
    steps: [{ send: 'HTTP/1.1 100 Continue\r\n\r\n' }, { end: true }],
    error: 'TRUNCATED_HEAD',
  },
];

describe.each([
  ['http', false],
  ['https', true],
])('a server that answers badly, by %s', (_kind, tls) => {
  test.each(BAD)('$name: what came is readable, then it ends, and the client goes on', async (bad) => {
    const { status = Status.CONNECTION_ERROR, code = 0, body = '', error } = bad;
    const server = await servers.raw([[{ expectHead: true }, ...bad.steps], GOOD], { tls });
    const { cert } = await servers.authority();
    const http = await connect(server, tls ? { ca: cert } : {});
    const answer = await exchange(http, Method.GET, '/');
    expect([answer.code, text(answer.body), answer.status]).toEqual([code, body, status]);
    expect(http.hasResponse()).toBe(code !== 0);
    // Node's TLS servers may say goodbye before they reset.
    const possible = tls && error === 'ECONNRESET' ? [error, 'EMPTY_RESPONSE'] : [error];
    expect(possible).toContain(http.getLastError()?.code ?? null);
    expect(http.poll()).toBe(error === null ? ErrorCode.ERR_UNCONFIGURED : ErrorCode.ERR_CONNECTION_ERROR);
    await expectRecovery(http, server, tls ? TLSOptions.client(cert) : undefined);
  });
});

test('a server that never answers: close() ends it, and the client goes on', async () => {
  const server = await servers.raw([[{ expectHead: true }, { hold: true }], GOOD]);
  const http = await connect(server);
  http.request(Method.GET, '/', []);
  await pollUntil(http, 'the request at the server', () => server.counts.requests === 1);
  expect(http.getStatus()).toBe(Status.REQUESTING);
  http.close();
  expect(http.getStatus()).toBe(Status.DISCONNECTED);
  await server.ended(0);
  await expectRecovery(http, server);
});

/** Resolves when the pool has no connection any more. */
async function connectionLost(pool: WorkerPool): Promise<void> {
  const end = performance.now() + PATIENCE;
  while ((await pool.stats()).connections > 0) expect(performance.now()).toBeLessThan(end);
}

/** A response in pieces: what is body is marked. */
const RESPONSES: { name: string; pieces: [text: string, isBody: boolean][] }[] = [
  {
    name: 'of fixed length',
    pieces: [
      [`${OK}Content-Length: 11\r\nX-A: b\r\n\r\n`, false],
      ['hello world', true],
    ],
  },
  {
    name: 'in chunks',
    pieces: [
      [`${CHUNKED}5;x=y\r\n`, false],
      ['hello', true],
      ['\r\n06\r\n', false],
      [' world', true],
      ['\r\n0\r\nX-Sum: 1\r\n\r\n', false],
    ],
  },
];

describe.each(RESPONSES)('a response $name', ({ pieces }) => {
  const whole = pieces.map(([bytes]) => bytes).join('');
  const headEnd = whole.indexOf('\r\n\r\n') + 4;

  /** The body in the first `end` bytes. */
  const bodyOf = (end: number): string => {
    let at = 0;
    let body = '';
    for (const [bytes, isBody] of pieces) {
      if (isBody) body += bytes.slice(0, Math.max(0, end - at));
      at += bytes.length;
    }
    return body;
  };

  const errorAt = (end: number): string => {
    if (end >= headEnd) return 'TRUNCATED_BODY';
    return end === 0 ? 'EMPTY_RESPONSE' : 'TRUNCATED_HEAD';
  };

  test.each([
    ['FIN', false, { end: true } as const],
    ['close_notify and FIN', true, { end: true } as const],
    ['FIN under TLS, without close_notify', true, { destroy: true } as const],
  ])('cut after every byte by %s is never taken for whole', { timeout: 60_000 }, async (_by, tls, last) => {
    const cuts = Array.from(
      { length: whole.length },
      (_, end): Script => [{ expectHead: true }, ...(end > 0 ? [{ send: whole.slice(0, end) }] : []), last],
    );
    const server = await servers.raw([...cuts.flatMap((cut) => [cut, GOOD]), GOOD], { tls });
    const { cert } = await servers.authority();
    const options = tls ? TLSOptions.client(cert) : undefined;
    const http = new HTTPClient();
    for (let end = 0; end < whole.length; end++) {
      http.connectToHost(server.host, server.port, options);
      expect(await settled(http)).toBe(Status.CONNECTED);
      const answer = await exchange(http, Method.GET, '/');
      const seen = [answer.status, answer.code, text(answer.body), http.getLastError()?.code];
      const code = end < headEnd ? 0 : 200;
      expect(seen, `after ${end} bytes`).toEqual([Status.CONNECTION_ERROR, code, bodyOf(end), errorAt(end)]);
      await expectRecovery(http, server, options);
    }
  });

  test('that came whole is whole when the close is seen later, then the idle connection is lost', async () => {
    const server = await servers.raw([
      { expectHead: true },
      { send: whole },
      { waitFor: 'read' },
      { end: true },
    ]);
    const http = await connect(server);
    const answer = await get(http, '/');
    expect([answer.status, text(answer.body)]).toEqual([Status.CONNECTED, 'hello world']);
    server.release('read');
    await pollUntil(http, 'the close', () => http.getStatus() === Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code: 'CONNECTION_CLOSED', phase: 'idle' });
  });

  test('that came whole is whole when the close came with it, and no error', async () => {
    const pool = new WorkerPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const server = await servers.raw([{ expectHead: true }, { send: whole }, { end: true }]);
    const http = await connect(server, { pool });
    http.request(Method.GET, '/', []);
    await connectionLost(pool);
    await settled(http);
    const body = text(await readBody(http));
    expect([http.getStatus(), body, http.getLastError()]).toEqual([Status.DISCONNECTED, 'hello world', null]);
  });
});

describe('a reset in the middle of a body', () => {
  test('is CONNECTION_ERROR, after what the client had seen', async () => {
    const server = await servers.raw([
      [{ expectHead: true }, { send: `${FIXED}part` }, { waitFor: 'seen' }, { reset: true }],
      GOOD,
    ]);
    const http = await connect(server);
    http.request(Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.BODY);
    let body = '';
    await pollUntil(http, 'a part', () => {
      body += text(http.readResponseBodyChunk());
      return body === 'part';
    });
    server.release('seen');
    await pollUntil(http, 'the reset', () => http.getStatus() !== Status.BODY);
    expect([http.getStatus(), http.getResponseCode()]).toEqual([Status.CONNECTION_ERROR, 200]);
    expect(http.getLastError()).toMatchObject({ code: 'ECONNRESET', phase: 'body' });
    await expectRecovery(http, server);
  });

  test('takes nothing away of what had come and was not read yet', async () => {
    const pool = new WorkerPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const sent = `${OK}Content-Length: 90000\r\n\r\n${'x'.repeat(50_000)}`;
    const server = await servers.raw([
      { expectHead: true },
      { send: sent },
      { waitFor: 'come' },
      { reset: true },
    ]);
    const http = await connect(server, { pool });
    http.request(Method.GET, '/', []);
    await settled(http);
    const end = performance.now() + PATIENCE;
    while ((await pool.stats()).bytesRead < sent.length) expect(performance.now()).toBeLessThan(end);
    server.release('come');
    await connectionLost(pool);
    for (let i = 0; i < 10; i++) expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.BODY]);
    expect(await readBody(http)).toHaveLength(50_000);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
  });
});

describe('what has no end is ended', () => {
  test.each([
    ['a status line', 'HTTP/1.1 200 ', 'x', 'HEAD_TOO_LARGE'],
    ['a header field', `${OK}X-A: `, 'x', 'HEAD_TOO_LARGE'],
    ['a header field of nothing', `${OK}X-A:`, ' ', 'HEAD_TOO_LARGE'],
    ['header fields', OK, 'X-A: b\r\n', 'TOO_MANY_FIELDS'],
    ['interim responses', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'HEAD_TOO_LARGE'],
    ['a chunk size', CHUNKED, '0', 'INVALID_CHUNK'],
    ['a chunk extension', `${CHUNKED}5;a=`, 'x', 'INVALID_CHUNK'],
    ['trailers', `${CHUNKED}0\r\n`, 'X-A: b\r\n', 'TOO_MANY_FIELDS'],
    ['a trailer', `${CHUNKED}0\r\nX-A: `, 'x', 'HEAD_TOO_LARGE'],
  ])('%s: CONNECTION_ERROR, and no more is read', async (_name, start, forever, code) => {
    const pool = new WorkerPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const endless: Step[] = [
      { expectHead: true },
      ...(start ? [{ send: start }] : []),
      { sendForever: forever },
    ];
    const server = await servers.raw([endless, GOOD]);
    const http = await connect(server, { pool });
    expect((await exchange(http, Method.GET, '/')).status).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code });
    // The limits are far below; a read or two more is what it takes to see that they are passed.
    expect((await pool.stats()).bytesRead).toBeLessThan(4 * 65_536);
    await server.closed(0);
    await expectRecovery(http, server);
  });
});
