import { ErrorCode, type HTTPClient, type HTTPClientOptions, Method, Status } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, exchange, get, pollUntil, settled, text } from '../../support/client.ts';
import { type Script, startServers, type TestServer } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const OK = 'HTTP/1.1 200 OK\r\n';
const NEXT = `${OK}Content-Length: 4\r\n\r\nnext`;
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';

/** Answers one request with each of `answers`, and goes on listening. */
function answers(...list: string[]): Script {
  return list.flatMap((send) => [{ expectHead: true }, { send }]);
}

async function connectTo(
  script: Script | readonly Script[],
  options: HTTPClientOptions = {},
): Promise<{ server: TestServer; http: HTTPClient }> {
  const server = await servers.raw(script);
  return { server, http: await connect(server, options) };
}

async function reconnect(http: HTTPClient, server: TestServer): Promise<void> {
  expect(http.connectToHost(server.host, server.port)).toBe(ErrorCode.OK);
  expect(await settled(http)).toBe(Status.CONNECTED);
}

interface Case {
  name: string;
  answer: string;
  body: string;
  method?: Method;
  code?: number;
  /** What `getResponseBodyLength()` says: the length of `body` unless told. */
  length?: number;
  chunked?: boolean;
}

const REUSABLE: Case[] = [
  { name: 'a fixed length', answer: `${OK}Content-Length: 5\r\n\r\nhello`, body: 'hello' },
  { name: 'a length told twice', answer: `${OK}Content-Length: 2, 2\r\n\r\nok`, body: 'ok' },
  {
    name: 'chunks of any size',
    answer: `${CHUNKED}1\r\nh\r\n004\r\nello\r\nB\r\n, brave new\r\n6\r\n world\r\n0\r\n\r\n`,
    body: 'hello, brave new world',
    length: -1,
    chunked: true,
  },
  {
    name: 'chunks with extensions',
    answer: `${CHUNKED}5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n`,
    body: 'hello',
    length: -1,
    chunked: true,
  },
  {
    name: 'chunks and trailers',
    answer: `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    body: 'hello',
    length: -1,
    chunked: true,
  },
  {
    name: 'HTTP/1.0 with keep-alive',
    answer: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello',
    body: 'hello',
  },
  {
    name: 'interim responses before the final one',
    answer: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    body: 'hello',
  },
  {
    name: 'a status line without a reason',
    answer: 'HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n',
    body: '',
    code: 299,
  },
  {
    name: 'lines that end in LF alone',
    answer: 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello',
    body: 'hello',
  },
  { name: 'Content-Length: 0', answer: `${OK}Content-Length: 0\r\n\r\n`, body: '' },
  {
    name: 'HEAD with a length',
    method: Method.HEAD,
    answer: `${OK}Content-Length: 12345\r\n\r\n`,
    body: '',
    length: 12345,
  },
  {
    name: 'HEAD with chunks announced',
    method: Method.HEAD,
    answer: CHUNKED,
    body: '',
    length: -1,
    chunked: true,
  },
  { name: 'HEAD without framing', method: Method.HEAD, answer: `${OK}X-A: b\r\n\r\n`, body: '', length: -1 },
  { name: '204', answer: 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n', body: '', code: 204, length: -1 },
  {
    name: '204 without any field',
    answer: 'HTTP/1.1 204 No Content\r\n\r\n',
    body: '',
    code: 204,
    length: -1,
  },
  {
    name: '304 with a length',
    answer: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 777\r\n\r\n',
    body: '',
    code: 304,
    length: 777,
  },
];

const FINAL: Case[] = [
  {
    name: 'Connection: close',
    answer: `${OK}Connection: close\r\nContent-Length: 5\r\n\r\nhello`,
    body: 'hello',
  },
  {
    name: 'close in a list, in another case',
    answer: `${OK}Connection:x, Close\r\nContent-Length: 5\r\n\r\nhello`,
    body: 'hello',
  },
  {
    name: 'Connection: close and chunks',
    answer: `${OK}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    body: 'hello',
    length: -1,
    chunked: true,
  },
  {
    name: 'Connection: close without a body',
    answer: `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    body: '',
  },
  {
    name: 'HTTP/1.0 with a length',
    answer: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    body: 'hello',
  },
];

const UNTIL_CLOSE: Case[] = [
  { name: 'HTTP/1.1', answer: `${OK}\r\nhello`, body: 'hello', length: -1 },
  { name: 'HTTP/1.0', answer: 'HTTP/1.0 200 OK\r\n\r\nhello', body: 'hello', length: -1 },
  { name: 'Connection: close', answer: `${OK}Connection: close\r\n\r\nhello`, body: 'hello', length: -1 },
  {
    name: 'keep-alive said in vain',
    answer: `${OK}Connection: keep-alive\r\n\r\nhello`,
    body: 'hello',
    length: -1,
  },
  { name: 'an empty body', answer: `${OK}X-A: b\r\n\r\n`, body: '', length: -1 },
];

/** How an answer is cut into TCP segments. */
const SEGMENTS = [
  { as: 'in one segment', step: (answer: string) => ({ send: answer }) },
  { as: 'one byte at a time', step: (answer: string) => ({ sendEach: answer }) },
];

async function expectAnswer(http: HTTPClient, expected: Case, status: Status): Promise<void> {
  const { method = Method.GET, code = 200, body, length = body.length, chunked = false } = expected;
  const answer = await exchange(http, method, '/');
  expect([answer.code, text(answer.body), answer.status]).toEqual([code, body, status]);
  expect(http.hasResponse()).toBe(true);
  expect(http.getResponseBodyLength()).toBe(length);
  expect(http.isResponseChunked()).toBe(chunked);
  expect(http.getLastError()).toBeNull();
}

describe.each(SEGMENTS)('a response $as', ({ step }) => {
  test.each(REUSABLE)('leaves the connection for the next request: $name', async (expected) => {
    const { server, http } = await connectTo([{ expectHead: true }, step(expected.answer), ...answers(NEXT)]);
    await expectAnswer(http, expected, Status.CONNECTED);
    expect(text((await get(http, '/next')).body)).toBe('next');
    expect(server.counts.connections).toBe(1);
  });

  test.each(FINAL)('ends a connection that the server will not use again: $name', async (expected) => {
    const { http } = await connectTo([{ expectHead: true }, step(expected.answer), { hold: true }]);
    await expectAnswer(http, expected, Status.DISCONNECTED);
    expect(http.poll()).toBe(ErrorCode.ERR_UNCONFIGURED);
  });

  test.each(UNTIL_CLOSE)('goes on until the close, a clean end: $name', async (expected) => {
    const { http } = await connectTo([{ expectHead: true }, step(expected.answer), { end: true }]);
    await expectAnswer(http, expected, Status.DISCONNECTED);
  });
});

test.each(REUSABLE.filter(({ body }) => body === ''))(
  'never enters BODY without one: $name',
  async (none) => {
    const { http } = await connectTo(answers(none.answer));
    http.request(none.method ?? Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.CONNECTED);
    expect(http.hasResponse()).toBe(true);
  },
);

test('Connection: close of the request ends the connection with the answer', async () => {
  const { http } = await connectTo(answers(NEXT));
  const answer = await get(http, '/', ['Connection: close']);
  expect([text(answer.body), answer.status]).toEqual(['next', Status.DISCONNECTED]);
});

test('the end of a body under Connection: close is DISCONNECTED, however often it is tried', async () => {
  const server = await servers.http();
  const http = await connect(server);
  for (let round = 0; round < 30; round++) {
    const answer = await get(http, '/close/70000');
    expect([answer.body.length, answer.status, http.getLastError()]).toEqual([
      70000,
      Status.DISCONNECTED,
      null,
    ]);
    await reconnect(http, server);
  }
});

test.each([
  ['a 101 that was not asked for', UPGRADE],
  ['a 101 that was not asked for, behind a 100', `HTTP/1.1 100 Continue\r\n\r\n${UPGRADE}`],
])('%s is CONNECTION_ERROR', async (_name, answer) => {
  const { http } = await connectTo(answers(answer));
  http.request(Method.GET, '/', []);
  expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
  expect(http.getLastError()).toMatchObject({ code: 'UNEXPECTED_UPGRADE', phase: 'response' });
});

describe('bytes that nobody asked for', () => {
  const EVIL = `${OK}Content-Length: 4\r\n\r\nevil`;

  test.each([
    ['a fixed length', `${OK}Content-Length: 4\r\n\r\ngood`, 'good'],
    ['chunks', `${CHUNKED}4\r\ngood\r\n0\r\n\r\n`, 'good'],
    ['no body', `${OK}Content-Length: 0\r\n\r\n`, ''],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ])(
    'in the segment of an answer end the connection, the answer stays whole: %s',
    async (_name, answer, body) => {
      const { server, http } = await connectTo([answers(answer + EVIL, NEXT), answers(NEXT)]);
      const first = await get(http, '/');
      expect([text(first.body), first.status, http.getLastError()]).toEqual([
        body,
        Status.DISCONNECTED,
        null,
      ]);
      expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      await reconnect(http, server);
      expect(text((await get(http, '/next')).body)).toBe('next');
    },
  );

  test('while idle are CONNECTION_ERROR, and the last response stays readable', async () => {
    const { server, http } = await connectTo([...answers(NEXT), { waitFor: 'idle' }, { send: EVIL }]);
    expect((await get(http, '/')).status).toBe(Status.CONNECTED);
    server.release('idle');
    await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code: 'UNSOLICITED_DATA', phase: 'idle' });
    expect(http.getResponseHeaders()).toEqual(['Content-Length: 4']);
  });

  test('before the first request are CONNECTION_ERROR', async () => {
    const { http } = await connectTo([{ send: EVIL }, { hold: true }]);
    await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.hasResponse()).toBe(false);
  });

  test.each(['\r\n', '\n'])(
    'before a request was sent, an empty line is such bytes too: %j',
    async (line) => {
      const { server, http } = await connectTo([...answers(NEXT), { waitFor: 'idle' }, { send: line }]);
      expect((await get(http, '/')).status).toBe(Status.CONNECTED);
      server.release('idle');
      await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
      expect(http.getLastError()).toMatchObject({ code: 'UNSOLICITED_DATA', phase: 'idle' });
    },
  );

  test('an empty line behind the request is none of them, on a connection that lives on', async () => {
    const { http } = await connectTo([...answers(`\r\n${NEXT}`), ...answers(`\r\n\r\n${NEXT}`)]);
    for (const path of ['/', '/2']) {
      const { body, status } = await get(http, path);
      expect([text(body), status]).toEqual(['next', Status.CONNECTED]);
    }
  });

  test('that were sent before a request are never its answer', async () => {
    const { server, http } = await connectTo([...answers(NEXT), { waitFor: 'idle' }, { send: EVIL }]);
    await get(http, '/');
    const { sent } = server.counts;
    server.release('idle');
    server.blockUntil('the evil answer', (counts) => counts.sent === sent + EVIL.length);
    expect(http.request(Method.GET, '/2', [])).toBe(ErrorCode.OK);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code: 'UNSOLICITED_DATA' });
  });
});

describe('head limits', () => {
  /** An answer without a body, whose head has exactly `size` bytes. */
  const headOf = (size: number): string => {
    const empty = `${OK}Content-Length: 0\r\nX-Pad: \r\n\r\n`;
    return empty.replace('X-Pad: ', `X-Pad: ${'x'.repeat(size - empty.length)}`);
  };
  /** The same with `count` fields. */
  const fields = (count: number): string => {
    const lines = Array.from({ length: count - 1 }, (_, index) => `X-${index}: y\r\n`);
    return `${OK}Content-Length: 0\r\n${lines.join('')}\r\n`;
  };
  const trailers = (count: number): string => {
    const lines = Array.from({ length: count }, (_, index) => `X-${index}: y\r\n`);
    return `${CHUNKED}2\r\nok\r\n0\r\n${lines.join('')}\r\n`;
  };

  test.each([
    ['headSize 256', { headSize: 256 }, headOf(256)],
    ['headSize 65536, the default', {}, headOf(65_536)],
    ['headSize 1 MiB', { headSize: 2 ** 20 }, headOf(2 ** 20)],
    ['headFields 3', { headFields: 3 }, fields(3)],
    ['headFields 1000, the default', {}, fields(1000)],
    ['headFields 3, in trailers', { headFields: 3 }, trailers(3)],
  ])('a head as large as allowed is taken: %s', async (_name, limits, answer) => {
    const { http } = await connectTo(answers(answer), { limits });
    expect(await get(http, '/')).toMatchObject({ code: 200, status: Status.CONNECTED });
  });

  test.each([
    ['headSize 256', { headSize: 256 }, headOf(257), 'HEAD_TOO_LARGE'],
    ['headSize 65536, the default', {}, headOf(65_537), 'HEAD_TOO_LARGE'],
    ['headFields 3', { headFields: 3 }, fields(4), 'TOO_MANY_FIELDS'],
    ['headFields 1000, the default', {}, fields(1001), 'TOO_MANY_FIELDS'],
    ['headFields 3, in trailers', { headFields: 3 }, trailers(4), 'TOO_MANY_FIELDS'],
  ])('one more is CONNECTION_ERROR: %s', async (_name, limits, answer, code) => {
    const { http } = await connectTo(answers(answer), { limits });
    expect((await get(http, '/')).status).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ code });
  });
});
