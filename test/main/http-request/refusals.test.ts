import { runInThisContext } from 'node:vm';
import { ErrorCode, HTTPRequest, Method, Result, Status, tick, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { type Inspection, text, turn } from '../../support/client.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';
import { heardBy } from '../../support/requests.ts';
import { test } from '../../support/servers.ts';

const { GET, POST, CONNECT, TRACE, OPTIONS } = Method;
const { ERR_INVALID_PARAMETER, OK } = ErrorCode;

/** What no message may hold. */
const SECRET = 'S3CR3T';

/** That `request()` with these arguments was refused, and nothing else has happened or will. */
async function expectRefused(
  args: readonly [string, (readonly string[])?, number?, string?],
  code: string,
  message: string | RegExp,
): Promise<void> {
  const http = new HTTPRequest();
  const heard = heardBy(http);
  expect(Reflect.apply(http.request, http, args)).toBe(ERR_INVALID_PARAMETER);
  const failure = http.getLastError();
  expect(failure).toMatchObject({ phase: 'argument', code, request: null });
  expect(failure?.message).toMatch(message);
  expect(failure?.message).not.toContain(SECRET);
  expect([http.isBusy(), http.getHttpClientStatus()]).toEqual([false, Status.DISCONNECTED]);
  const result = await http.completed();
  expect(result).toMatchObject({ result: Result.REQUEST_FAILED, ok: false, responseCode: 0, failure });
  expect([result.headers, result.body.length]).toEqual([[], 0]);
  expect(http.poll()).toBe(OK);
  for (let turns = 0; turns < 3; turns++, await turn()) tick();
  expect(heard).toEqual([]);
}

describe('a URL that is refused', () => {
  test.for<[url: string, message: string | RegExp]>([
    ['', 'url has no scheme: use http://host/path'],
    ['example.com/x', 'url has no scheme'],
    ['//example.com/x', 'url has no scheme'],
    ['/x', 'url has no scheme'],
    [`ftp://user:${SECRET}@example.com/`, 'url has the scheme "ftp"'],
    ['file:///etc/passwd', 'url has the scheme "file"'],
    ['ws://example.com/', 'url has the scheme "ws"'],
    ['javascript:alert(1)', 'url has the scheme "javascript"'],
    ['data:text/plain,x', 'url has the scheme "data"'],
    [`localhost:80/${SECRET}`, 'url does not begin with http:// or https://: use'],
    [`${SECRET}:80/`, 'url does not begin with http:// or https://: use'],
    [`${SECRET}://host/`, 'url does not begin with http:// or https://: use'],
    [`${SECRET}:x@example.com/`, 'url does not begin with http:// or https://: use'],
    [`${SECRET}:x@ftp://example.com/`, 'url does not begin with http:// or https://: use'],
    ...[
      'http:',
      'http:/',
      'http://',
      'https:///x',
      'http://?x',
      'http://#x',
      'http:example.com',
      'http:/example.com',
      'http:\\\\example.com/',
      'http://\\example.com/',
      'http://a\\@b/',
      'http://user\\:@b/',
      'http://@/',
      `http://user:${SECRET}@/`,
      'http://:80/',
      'http://[::1/',
      'http://[::g]/',
      'http://[fe80::1%25lo]/',
      'http://a:b/',
      `http://a:b:${SECRET}/`,
      'http://::1/',
      'http://a:-1/',
      'http://a:65536/',
      'http://a:99999999999/',
      'http://1.2.3.4.5/',
      'http://256.1.1.1/',
      'http://a%20b/',
      'http://a<b/',
      'http://xn--a/',
      `http://${SECRET}^/`,
    ].map((url): [string, string] => [
      url,
      'url is not valid: after http:// or https:// there must be a host',
    ]),
    ['http://a:0/', 'url has the invalid port 0: ports are 1 to 65535'],
    ['https://a:00/', 'url has the invalid port 0'],
    [' http://a/', 'url has " " at index 0. Percent-encode it'],
    ['http://a/ ', 'url has " " at index 9'],
    [`http://a/b c?key=${SECRET}`, 'url has " " at index 10'],
    ['http://a/\r\nX: 1', /^url has "\\r" at index 9/],
    ['http://a/\t', /^url has "\\t" at index 9/],
    ['http://a\n/', /^url has "\\n" at index 8/],
    ['http://a/\0', /^url has "\\u0000" at index 9/],
    ['http://a/\x7f', /^url has "\\u007f" at index 9/],
  ])('%j', async ([url, message]) => {
    await expectRefused([url], 'INVALID_URL', message);
  });
});

test.for<[what: string, headers: string[], method: number, data: string, code: string, message: string]>([
  ['the method -1', [], -1, '', 'INVALID_METHOD', 'method must be 0 (GET) to 8 (PATCH), not -1'],
  [
    'the method 9, Godot’s MAX',
    [],
    Method.MAX,
    '',
    'INVALID_METHOD',
    'method must be 0 (GET) to 8 (PATCH), not 9',
  ],
  ['CONNECT', [], CONNECT, '', 'INVALID_METHOD', 'METHOD_CONNECT opens a tunnel: use HTTPClient'],
  ['a TRACE with a body', [], TRACE, SECRET, 'INVALID_BODY', "A TRACE request can't have a body"],
  [
    'Upgrade',
    ['X: 1', 'Upgrade: websocket'],
    GET,
    '',
    'INVALID_HEADER',
    'customHeaders[1], Upgrade, asks for',
  ],
  [
    'uPGRADE',
    [`uPGRADE:${SECRET}`],
    POST,
    '',
    'INVALID_HEADER',
    'customHeaders[0], Upgrade, asks for another',
  ],
  ['no colon', [SECRET], GET, '', 'INVALID_HEADER', 'customHeaders[0] has no colon'],
  ['no name', [`: ${SECRET}`], GET, '', 'INVALID_HEADER', 'customHeaders[0] has no name'],
  ['nothing', ['A: 1', ''], GET, '', 'INVALID_HEADER', 'customHeaders[1] is empty'],
  ['a blank in a name', [`X Y: ${SECRET}`], GET, '', 'INVALID_HEADER', 'customHeaders[0] has " " at index 1'],
  [
    'a line break',
    [`X: ${SECRET}\r\nY: 1`],
    GET,
    '',
    'INVALID_HEADER',
    'customHeaders[0], "X", has the control character "\\r" at index 9',
  ],
  ['two Hosts', ['Host: a', `host: ${SECRET}`], GET, '', 'INVALID_HEADER', 'customHeaders[1], "host", comes'],
  [
    'another length',
    ['Content-Length: 1'],
    POST,
    '12',
    'INVALID_HEADER',
    'contradicts the body, which has 2',
  ],
  [
    'a length of a GET',
    ['Content-Length: 2'],
    GET,
    '12',
    'INVALID_HEADER',
    'which has 0 bytes (a GET sends none)',
  ],
  [
    'chunks',
    ['Transfer-Encoding: chunked'],
    POST,
    '12',
    'INVALID_HEADER',
    'with its Content-Length, not in chunks',
  ],
])('%s is refused', async ([, headers, method, data, code, message]) => {
  await expectRefused(
    [`http://user:${SECRET}@a/?${SECRET}`, headers, method, data],
    code,
    new RegExp(escaped(message)),
  );
});

function escaped(message: string): string {
  return message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test('a proxy that can’t be taken apart is refused by request(), until another is set', async ({
  servers,
}) => {
  const server = await servers.http();
  const http = new HTTPRequest();
  http.setHttpProxy(`ftp://me:${SECRET}@proxy`, 80);
  for (const url of [server.url('/status/200'), 'https://a/']) {
    expect(http.request(url)).toBe(ERR_INVALID_PARAMETER);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_PROXY' });
    expect(http.getLastError()?.message).toMatch(/^proxy "ftp:\/\/\*\*\*@proxy" has the scheme "ftp"/);
  }
  http.setHttpProxy('', -1);
  expect(http.request(server.url('/status/200'))).toBe(OK);
  expect((await http.completed()).responseCode).toBe(200);
});

test('nothing is started: no server sees anything, and no thread is', async ({ servers }) => {
  const server = await servers.http();
  await using pool = new WorkerPool({ threads: 1 });
  const http = new HTTPRequest({ pool });
  for (let round = 0; round < 100; round++) {
    expect(http.request(server.url('/'), ['X'])).toBe(ERR_INVALID_PARAMETER);
    expect(http.request(server.url('/'), [], CONNECT)).toBe(ERR_INVALID_PARAMETER);
    expect(http.request(server.url('/ '))).toBe(ERR_INVALID_PARAMETER);
  }
  expect(http.request(server.url('/count'))).toBe(OK);
  expect((await http.completed()).json()).toEqual({ connections: 1, requests: 1 });
});

test('a closed pool: ERR_UNAVAILABLE; what it had under way: POOL_CLOSED', async ({ servers }) => {
  const server = await servers.http();
  const pool = new WorkerPool({ threads: 1 });
  const [running, http] = [new HTTPRequest({ pool }), new HTTPRequest({ pool })];
  const heard = [running, http].map(heardBy);
  running.request(server.url('/hang'));
  await pool.close();
  expect(http.request(server.url('/'))).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(http.getLastError()).toMatchObject({ phase: 'worker', code: 'POOL_CLOSED' });
  expect(await http.completed()).toMatchObject({
    result: Result.REQUEST_FAILED,
    failure: { code: 'POOL_CLOSED' },
  });
  expect(await running.completed()).toMatchObject({
    result: Result.CONNECTION_ERROR,
    url: server.url('/hang'),
    failure: { code: 'POOL_CLOSED' },
  });
  tick();
  expect(heard.map((told) => told.map(({ result }) => result))).toEqual([[Result.CONNECTION_ERROR], []]);
});

test('no message shows what a URL, a field, a body or a proxy holds, whatever is wrong', () => {
  const seed = freshSeed();
  const random = randomFrom(seed);
  const http = new HTTPRequest();
  const around = () =>
    ['', ' ', 'ä', '"', '\n', '\r\n', '\0', '\t\x7f', '/', '?', '#', '%', ':', '@', '\\', 'a'][random(16)] ??
    '';
  const noise = () => `${around()}${SECRET}${around()}`;
  const urls = [
    () => `http://user:${noise()}@/`,
    () => `http://${noise()}:x@a:b/`,
    () => `http://a:0/?${noise()}`,
    () => `a:${noise()}`,
    () => `/${noise()}`,
    () => noise(),
    () => `http://a/ ${noise()}`,
    () => `http://a/?${noise()}`,
  ];
  const fields = [
    () => [`Authorization: Bearer ${noise()}`, 'x'],
    () => [`Bearer ${noise()}`],
    () => ['Host: a', `Host: ${noise()}`],
    () => [`Content-Length: ${noise()}`],
    () => [`Upgrade: ${noise()}`],
  ];
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    if (round % 3 === 0) http.setHttpProxy(`user:${noise()}@host:80`, 80);
    const error = http.request(
      urls[random(urls.length)]?.() ?? '',
      fields[random(fields.length)]?.() ?? [],
      POST,
      SECRET,
    );
    if (error !== OK) refused += 1;
    const { message = '' } = http.getLastError() ?? {};
    // What is taken for a scheme may be the beginning of anything, but nobody writes a secret there.
    expect(message, `TICKHTTP_SEED=${seed}`).not.toContain(SECRET);
    http.cancelRequest();
  }
  expect(refused).toBeGreaterThan(2000);
});

describe('what is taken, and how the server sees it', () => {
  async function inspected(
    http: HTTPRequest,
    ...args: Parameters<HTTPRequest['request']>
  ): Promise<Inspection> {
    expect([http.request(...args), http.getLastError()]).toEqual([OK, null]);
    return JSON.parse(text((await http.completed()).body));
  }

  test('a user and a password are dropped: never sent, never shown', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    for (const user of [`me:${SECRET}`, SECRET, `:${SECRET}`, `a%40b:${SECRET}@c`, '', ':']) {
      const seen = await inspected(http, server.url('/inspect').replace('//', `//${user}@`));
      expect(JSON.stringify(seen)).not.toContain(SECRET);
      expect(seen.rawHeaders.join('\n')).not.toMatch(/authorization|@/i);
      expect((await http.completed()).url).toBe(server.url('/inspect'));
    }
  });

  test.for<[given: string, path: string]>([
    ['HTTP://', '/inspect'],
    ['hTTp://', '/inspect?A=b'],
    ['http://', '/inspect?'],
    ['http://', '/inspect#fragment'],
    ['http://', '/inspect?q=1#fragment?x'],
    ['http://', '/a/../inspect'],
    ['http://', '/inspect?ä=€&"'],
    ['http://', `/inspect?${'x'.repeat(200_000)}`],
  ])('%s...%s', async ([scheme, path], { servers }) => {
    const server = await servers.http();
    const url = server.url(path).replace('http://', scheme);
    const seen = await inspected(new HTTPRequest(), url);
    const { pathname, search } = new URL(url);
    expect(seen.url).toBe(path.endsWith('?') ? '/inspect?' : pathname + search);
    expect(seen.rawHeaders.slice(0, 2)).toEqual(['Host', `${server.host}:${server.port}`]);
  });

  test('a query without a path, IPv6, and names as URL writes them', async ({ servers }) => {
    const server = await servers.http({ host: 'localhost' });
    const http = new HTTPRequest();
    expect(http.request(`http://localhost:${server.port}?x=1`)).toBe(OK);
    expect(await http.completed()).toMatchObject({ responseCode: 404 });
    expect((await http.completed()).url).toBe(`http://localhost:${server.port}/?x=1`);
    expect((await inspected(http, `http://LOCALHOST:${server.port}/inspect`)).rawHeaders[1]).toBe(
      `localhost:${server.port}`,
    );
    expect((await inspected(http, `http://ｌocalhost:${server.port}/inspect`)).rawHeaders[1]).toBe(
      `localhost:${server.port}`,
    );
    http.request(`http://bücher.${'x'.repeat(64)}.invalid/`);
    const { result, url, failure } = await http.completed();
    expect([result, url]).toEqual([Result.CANT_RESOLVE, `http://xn--bcher-kva.${'x'.repeat(64)}.invalid/`]);
    expect(failure).toMatchObject({ phase: 'resolve', request: 'unsent' });
  });

  test('an address of IPv6', async ({ servers }) => {
    const server = await servers.http({ host: '::1' });
    const seen = await inspected(new HTTPRequest(), `http://[0:0::1]:${server.port}/inspect`);
    expect(seen.rawHeaders.slice(0, 2)).toEqual(['Host', `[::1]:${server.port}`]);
  });

  test('methods, bodies and fields in their order', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest();
    const url = server.url('/inspect');
    for (const name of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const) {
      const seen = await inspected(http, url, ['B: 2', 'a: 1', 'B: 3'], Method[name], '{"ä":1}');
      expect([seen.method, seen.bodyLength]).toEqual([name, name === 'GET' ? 0 : 8]);
      const own = seen.rawHeaders.join('\n');
      expect(own).toContain('B\n2\na\n1\nB\n3');
    }
    expect((await inspected(http, url, [], OPTIONS)).bodyLength).toBe(0);
  });
});

describe('the bytes of requestRaw()', () => {
  test('are copied before it returns, unless transferBody is set', async ({ servers }) => {
    const server = await servers.http();
    for (const transferBody of [false, true]) {
      const http = new HTTPRequest({ transferBody });
      const bytes = new Uint8Array(100_000).fill(1);
      expect(http.requestRaw(server.url('/echo'), [], POST, bytes)).toBe(OK);
      expect(bytes.length).toBe(transferBody ? 0 : 100_000);
      if (!transferBody) bytes.fill(2);
      expect((await http.completed()).body.every((byte) => byte === 1)).toBe(true);
      // A GET sends none, and takes none.
      const ignored = new Uint8Array(10);
      http.requestRaw(server.url('/status/200'), [], GET, ignored);
      expect(ignored).toHaveLength(10);
      http.cancelRequest();
    }
  });

  test('of memory that nobody can transfer are copied, with transferBody, too', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest({ transferBody: true });
    // Node's types do not know WebAssembly.
    const memory = runInThisContext('new WebAssembly.Memory({ initial: 1 })');
    const wasm = new Uint8Array(memory.buffer).fill(7);
    const shared = new Uint8Array(new SharedArrayBuffer(10)).fill(7);
    const part = new Uint8Array(20).fill(7).subarray(5, 15);
    const pooled = Buffer.from('\x07'.repeat(10));
    for (const bytes of [wasm, shared, part, pooled]) {
      const { length } = bytes;
      expect(http.requestRaw(server.url('/echo'), [], POST, bytes)).toBe(OK);
      expect(bytes).toHaveLength(length);
      bytes.fill(8);
      const { body } = await http.completed();
      expect([body.length, body.every((byte) => byte === 7)]).toEqual([length, true]);
    }
  });

  test('while busy are not taken', async ({ servers }) => {
    const server = await servers.http();
    const http = new HTTPRequest({ transferBody: true });
    http.request(server.url('/hang'));
    const bytes = new Uint8Array(10);
    expect(http.requestRaw(server.url('/echo'), [], POST, bytes)).toBe(ErrorCode.ERR_BUSY);
    http.cancelRequest();
    expect(http.requestRaw('nowhere', [], POST, bytes)).toBe(ERR_INVALID_PARAMETER);
    expect(bytes).toHaveLength(10);
  });
});
