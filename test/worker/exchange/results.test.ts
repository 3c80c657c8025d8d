import { Method, resultName, TLSOptions, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { UNKNOWN_NAME } from '../../support/client.ts';
import { unlessHeldUp } from '../../support/held-up.ts';
import { runScript } from '../../support/run-script.ts';
import { type Script, type Servers, test } from '../../support/servers.ts';
import { type Asked, fetched, start } from '../../support/whole.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nX-Field: value\r\n';

/** What a server does behind the request. */
const raw = async (servers: Servers, script: Script): Promise<string> =>
  (await servers.raw([{ expectHead: true }, ...script])).url('/path?secret');

interface Case {
  readonly url: (servers: Servers) => Promise<string> | string;
  /** By a factor for its times: something has to happen before they are over. */
  readonly asked?: Asked | ((factor: number) => Asked);
  readonly result: string;
  readonly failure: object | ((factor: number) => object);
  /** Whether the code and the fields of the answer come with the result. */
  readonly told?: boolean;
}

/** What is known of the answer when a request fails in the middle of it. */
const known = { request: 'answered', responseCode: 200, headers: expect.arrayContaining(['X-Field: value']) };

const CASES: Record<string, Case> = {
  'a name that does not exist': {
    url: () => `http://${UNKNOWN_NAME}/`,
    result: 'CANT_RESOLVE',
    failure: { phase: 'resolve', code: 'ENOTFOUND', request: 'unsent' },
  },
  'a port that nobody listens at': {
    url: async (servers) => `http://127.0.0.1:${await servers.refusedPort()}/`,
    result: 'CANT_CONNECT',
    failure: { phase: 'connect', code: 'ECONNREFUSED', request: 'unsent' },
  },
  'a proxy that refuses': {
    url: async (servers) => (await servers.https()).url(),
    asked: { httpsProxy: ['127.0.0.1', 1] },
    result: 'CANT_CONNECT',
    failure: { request: 'unsent' },
  },
  'a certificate that nobody trusts': {
    url: async (servers) => (await servers.https()).url(),
    result: 'TLS_HANDSHAKE_ERROR',
    failure: { phase: 'tls', request: 'unsent' },
  },
  'no answer': {
    url: (servers) => raw(servers, [{ destroy: true }]),
    result: 'CONNECTION_ERROR',
    failure: { phase: 'response', request: 'unanswered' },
  },
  'an answer that is none': {
    url: (servers) => raw(servers, [{ send: 'SSH-2.0-OpenSSH\r\n' }, { hold: true }]),
    result: 'CONNECTION_ERROR',
    failure: { phase: 'response', request: 'answered' },
  },
  'a head that is cut': {
    url: (servers) => raw(servers, [{ send: HEAD }, { destroy: true }]),
    result: 'CONNECTION_ERROR',
    failure: { request: 'answered' },
  },
  'a body that is cut': {
    url: (servers) => raw(servers, [{ send: `${HEAD}Content-Length: 10\r\n\r\n12345` }, { destroy: true }]),
    result: 'CONNECTION_ERROR',
    failure: { phase: 'body', ...known },
  },
  'chunks that are cut': {
    url: (servers) =>
      raw(servers, [{ send: `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n123` }, { end: true }]),
    result: 'CONNECTION_ERROR',
    failure: { phase: 'body', ...known },
  },
  'chunks that are none': {
    url: (servers) =>
      raw(servers, [{ send: `${HEAD}Transfer-Encoding: chunked\r\n\r\nhello\r\n` }, { hold: true }]),
    result: 'CONNECTION_ERROR',
    failure: { phase: 'body', ...known },
  },
  'a Content-Length above the limit': {
    url: (servers) => raw(servers, [{ send: `${HEAD}Content-Length: 1001\r\n\r\n` }, { hold: true }]),
    asked: { bodySizeLimit: 1000 },
    result: 'BODY_SIZE_LIMIT_EXCEEDED',
    failure: { phase: 'body', code: 'BODY_SIZE_LIMIT_EXCEEDED', ...known },
    told: true,
  },
  'chunks above the limit': {
    url: (servers) =>
      raw(servers, [
        { send: `${HEAD}Transfer-Encoding: chunked\r\n\r\n` },
        { send: '4\r\n1234\r\n4\r\n1234\r\n' },
        { hold: true },
      ]),
    asked: { bodySizeLimit: 7 },
    result: 'BODY_SIZE_LIMIT_EXCEEDED',
    failure: { phase: 'body', code: 'BODY_SIZE_LIMIT_EXCEEDED', ...known },
    told: true,
  },
  'one byte above the limit, and the end with it': {
    url: (servers) => raw(servers, [{ send: `${HEAD}Connection: close\r\n\r\n12345678` }, { end: true }]),
    asked: { bodySizeLimit: 7 },
    result: 'BODY_SIZE_LIMIT_EXCEEDED',
    failure: known,
    told: true,
  },
  'an endless answer': {
    url: (servers) => raw(servers, [{ send: `${HEAD}\r\n` }, { sendForever: 'x'.repeat(60_000) }]),
    asked: { bodySizeLimit: 20_000_000 },
    result: 'BODY_SIZE_LIMIT_EXCEEDED',
    failure: known,
    told: true,
  },
  'timeout: no answer': {
    url: (servers) => raw(servers, [{ hold: true }]),
    asked: (factor) => ({ timeout: 0.15 * factor }),
    result: 'TIMEOUT',
    failure: (factor) => ({
      phase: 'response',
      code: 'TIMEOUT',
      message: expect.stringMatching(
        new RegExp(`^There was no complete response from 127\\.0\\.0\\.1:\\d+ within ${0.15 * factor} s\\.$`),
      ),
      request: 'unanswered',
    }),
  },
  'timeout: half a head': {
    url: (servers) => raw(servers, [{ send: 'HTTP/1.1 200' }, { hold: true }]),
    asked: (factor) => ({ timeout: 0.3 * factor }),
    result: 'TIMEOUT',
    failure: { phase: 'response', code: 'TIMEOUT', request: 'answered' },
  },
  'timeout: a request that the server does not read': {
    url: (servers) => raw(servers, [{ pauseReading: true }, { waitFor: 'never' }]),
    asked: (factor) => ({ timeout: 0.3 * factor, method: Method.PUT, body: new Uint8Array(2 ** 25) }),
    result: 'TIMEOUT',
    failure: (factor) => ({
      phase: 'request',
      code: 'TIMEOUT',
      message: expect.stringMatching(
        new RegExp(`^The request to 127\\.0\\.0\\.1:\\d+ was not sent within ${0.3 * factor} s\\.$`),
      ),
      request: 'unanswered',
    }),
  },
  'timeout: a body that does not end': {
    url: (servers) => raw(servers, [{ send: `${HEAD}Content-Length: 9\r\n\r\n` }, { hold: true }]),
    asked: (factor) => ({ timeout: 0.3 * factor }),
    result: 'TIMEOUT',
    failure: { phase: 'body', code: 'TIMEOUT', ...known },
  },
  'timeout: no connection': {
    url: async (servers) => `http://127.0.0.1:${(await servers.silent({ full: true })).port}/`,
    asked: { timeout: 0.15 },
    result: 'TIMEOUT',
    failure: {
      phase: 'connect',
      code: 'TIMEOUT',
      message: expect.stringMatching(
        /^There was no complete response from 127\.0\.0\.1:\d+ within 0\.15 s\.$/,
      ),
      request: 'unsent',
    },
  },
  'timeouts.connect': {
    url: async (servers) => `http://127.0.0.1:${(await servers.silent({ full: true })).port}/`,
    asked: { options: { timeouts: { connect: 151 } } },
    result: 'CANT_CONNECT',
    failure: { phase: 'connect', code: 'CONNECT_TIMEOUT', request: 'unsent' },
  },
  'timeouts.tls': {
    url: async (servers) => `https://127.0.0.1:${(await servers.silent()).port}/`,
    asked: { options: { timeouts: { tls: 151 } } },
    result: 'TLS_HANDSHAKE_ERROR',
    failure: { phase: 'tls', code: 'TLS_TIMEOUT', request: 'unsent' },
  },
  'timeouts.headers': {
    url: (servers) => raw(servers, [{ hold: true }]),
    asked: { options: { timeouts: { headers: 151 } } },
    result: 'CONNECTION_ERROR',
    failure: { phase: 'response', code: 'HEADERS_TIMEOUT', request: 'unanswered' },
  },
  'timeouts.body': {
    url: (servers) => raw(servers, [{ send: `${HEAD}Content-Length: 9\r\n\r\n123` }, { hold: true }]),
    asked: { options: { timeouts: { body: 151 } } },
    result: 'CONNECTION_ERROR',
    failure: { phase: 'body', code: 'BODY_TIMEOUT', ...known },
  },
  'timeouts.request': {
    url: (servers) => raw(servers, [{ send: `${HEAD}Content-Length: 9\r\n\r\n123` }, { hold: true }]),
    asked: (factor) => ({ options: { timeouts: { request: 300 * factor } } }),
    result: 'CONNECTION_ERROR',
    failure: { phase: 'body', code: 'REQUEST_TIMEOUT', ...known },
  },
};

test.for(Object.entries(CASES))('%s', async ([, { url, asked, result, failure, told }], { servers }) => {
  await using pool = new WorkerPool({ threads: 1 });
  await pool.ready();
  const awake = await servers.http();
  await unlessHeldUp([() => pool.stats(), () => awake.connections()], 40, async (factor) => {
    const { options, ...more } = (typeof asked === 'function' ? asked(factor) : asked) ?? {};
    const http = start(await url(servers), { ...more, options: { pool, ...options } });
    const heard: unknown[] = [];
    http.requestCompleted.connect((...args) => heard.push(args));
    const got = await http.completed();
    expect(resultName(got.result), got.failure?.message).toBe(result);
    expect(got.failure).toMatchObject(typeof failure === 'function' ? failure(factor) : failure);
    expect(http.getLastError()).toEqual(got.failure);
    expect([got.body.length, got.ok]).toEqual([0, false]);
    if (told) {
      expect([got.responseCode, got.headers]).toEqual([200, got.failure?.headers]);
    } else expect([got.responseCode, got.headers]).toEqual([0, []]);
    http.poll();
    expect(heard).toEqual([[got.result, got.responseCode, got.headers, got.body]]);
    expect(JSON.stringify(got.failure)).not.toContain('secret');
  });
});

describe('SUCCESS', () => {
  test.for([
    ['Content-Length: 7\r\n\r\n1234567', 7],
    ['Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n3\r\n567\r\n0\r\n\r\n', 7],
    ['Connection: close\r\n\r\n1234567', 7],
    ['Content-Length: 0\r\n\r\n', 0],
  ] as const)('with a body as long as bodySizeLimit: %j', async ([rest, bodySizeLimit], { servers }) => {
    const url = await raw(servers, [{ send: `${HEAD}${rest}` }, { end: true }]);
    const { result, body, failure } = await fetched(url, { bodySizeLimit });
    expect([resultName(result), body.length, failure]).toEqual(['SUCCESS', bodySizeLimit, null]);
  });

  test('of a HEAD whose Content-Length is above the limit', async ({ servers }) => {
    const server = await servers.http();
    const { result, body } = await fetched(server.url('/bytes/5000'), { method: 1, bodySizeLimit: 10 });
    expect([resultName(result), body.length]).toEqual(['SUCCESS', 0]);
  });

  test('with an error’s page, whatever its code', async ({ servers }) => {
    const server = await servers.http();
    const answer = await fetched(server.url('/status/503'));
    expect([answer.result, answer.ok, answer.responseCode, answer.text()]).toEqual([
      0,
      false,
      503,
      'status 503\n',
    ]);
  });
});

describe('memory', () => {
  test.for([
    ['9223372036854775808', -1, 'INVALID_CONTENT_LENGTH'],
    ['9007199254740991', -1, 'BODY_SIZE_LIMIT_EXCEEDED'],
    // To ask for so much memory would be OUT_OF_MEMORY.
    ['9007199254740991', Number.MAX_SAFE_INTEGER, 'TRUNCATED_BODY'],
  ] as const)(
    'is not taken for what is announced: %s, limit %i',
    async ([length, bodySizeLimit, code], { servers }) => {
      const url = await raw(servers, [
        { send: `${HEAD}Content-Length: ${length}\r\n\r\n${'x'.repeat(100_000)}` },
        { end: true },
      ]);
      const before = process.memoryUsage().rss;
      const { failure } = await fetched(url, { bodySizeLimit });
      expect(failure?.code).toBe(code);
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    },
  );

  test('that there is not, is a result, and the thread lives', async ({ servers }) => {
    const server = await servers.http();
    // What a body grows into, and what it is cut to in the end.
    const scarce = `globalThis.Uint8Array = new Proxy(Uint8Array, {
        construct(target, args) {
          if (args[0] > 3_000_000 || args[0] === 100_000) throw new RangeError('Array buffer allocation failed');
          return new target(...args);
        },
      });`;
    const script = `import('tickhttp').then(async ({ HTTPRequest, WorkerPool }) => {
      const pool = new WorkerPool({ threads: 1 });
      const http = new HTTPRequest({ pool });
      const told = [];
      for (const path of ['/bytes/5000000', '/chunked/5000000?chunk=1000', '/close/100000', '/bytes/50']) {
        http.request(${JSON.stringify(server.url(''))} + path);
        const { result, body, failure } = await http.completed();
        told.push([result, body.length, failure && failure.code, failure && failure.responseCode]);
      }
      console.log(JSON.stringify(told));
    })`;
    const { stdout, stderr } = await runScript('', {
      nodeArgs: ['--eval', script],
      workerPreload: `data:text/javascript,${encodeURIComponent(scarce)}`,
    });
    const none = [4, 0, 'OUT_OF_MEMORY', 200];
    expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual([none, none, none, [0, 50, null, null]]);
  });
});

test('DNS that hangs ends with timeouts.resolve, or with timeout', async () => {
  const HANGING = `data:text/javascript,import dns from 'node:dns'; dns.promises.lookup = () => new Promise(() => {});`;
  const script = `import('tickhttp').then(async ({ HTTPRequest }) => {
    for (const [resolve, timeout] of [[151, 0], [0, 0.151]]) {
      const http = new HTTPRequest({ timeouts: { resolve } });
      http.timeout = timeout;
      http.request('http://hangs.test/');
      const { result, failure } = await http.completed();
      console.log(result, failure.code, failure.request);
    }
    process.exit();
  })`;
  const { stdout, stderr } = await runScript('', { nodeArgs: ['--eval', script], workerPreload: HANGING });
  expect([stdout, stderr]).toEqual(['3 RESOLVE_TIMEOUT unsent\n13 TIMEOUT unsent\n', '']);
});

test('a failed handshake is no matter of the request behind it', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 1 });
  const { cert } = await servers.authority();
  const server = await servers.https();
  const [refused, fine] = [start(server.url('/bytes/1'), { options: { pool } }), TLSOptions.client(cert)];
  const other = await fetched(server.url('/bytes/1'), { options: { pool, tls: fine } });
  expect([other.result, (await refused.completed()).result]).toEqual([0, 5]);
});

test('the fields of an answer are whole when its trailers have come', async ({ servers }) => {
  const fields = ['Transfer-Encoding: chunked', 'X-Field: of the head'];
  const trailers = 'X-Trailing-Field: that is longer than the others, and comes behind the body\r\n';
  const url = await raw(servers, [
    { send: `HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\n\r\n5\r\nhello\r\n0\r\n${trailers}\r\n` },
  ]);
  const { headers, body } = await fetched(url);
  expect([headers, Buffer.from(body).toString()]).toEqual([fields, 'hello']);
});
