import { Method, Result, TLSOptions, WorkerPool } from 'tickhttp';
import { afterEach, describe, expect, vi } from 'vitest';
import { type Script, type Step, type TestServer, test } from '../../support/servers.ts';
import { fetched, start } from '../../support/whole.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const answering = (answer = OK): Step[] => [{ expectHead: true }, { send: answer }];

/** To another path of the same server. */
const redirecting = (fields: string, body = ''): Step[] =>
  answering(`HTTP/1.1 302 Found\r\nLocation: /there\r\n${fields}\r\n${body}`);

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('the rest of a redirect’s answer', () => {
  const long = 'x'.repeat(70_000);

  test.for([
    ['a short body of known length', 'Content-Length: 1000\r\n', 'x'.repeat(1000)],
    ['a body of 64 KiB', 'Content-Length: 65536\r\n', 'x'.repeat(65_536)],
    ['a short body in chunks', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'],
    ['no body', 'Content-Length: 0\r\n', ''],
  ] as const)('%s is read, and the connection lives', async ([, fields, body], { servers }) => {
    const server = await servers.raw([...redirecting(fields, body), ...answering(), { hold: true }]);
    const { result, url, body: last } = await fetched(server.url('/here'));
    expect([result, url, textOf(last)]).toEqual([Result.SUCCESS, server.url('/there'), 'ok']);
    expect(server.counts).toMatchObject({ connections: 1, requests: 2 });
  });

  test.for([
    ['a long body, of which nothing comes', 'Content-Length: 70000\r\n', []],
    ['a body of 8 EiB', 'Content-Length: 9007199254740991\r\n', [{ send: long }]],
    ['chunks, many', 'Transfer-Encoding: chunked\r\n', [{ sendForever: `11170\r\n${long}\r\n` }]],
    ['bytes, until the end', '', [{ sendForever: long }]],
    ['nothing, until the end', '', []],
    ['little, of a connection that ends', 'Connection: close\r\nContent-Length: 5\r\n', []],
    ['little, that does not come', 'Content-Length: 5\r\n', [{ send: '123' }]],
    ['chunks that do not end', 'Transfer-Encoding: chunked\r\n', [{ send: '3\r\nabc\r\n' }]],
    ['an end in the middle', 'Content-Length: 5\r\n', [{ send: '123' }, { destroy: true }]],
    ['no chunks', 'Transfer-Encoding: chunked\r\n', [{ send: 'garbage\r\n' }]],
  ] as [string, string, Step[]][])('%s: it costs the connection', async ([, fields, steps], { servers }) => {
    const server = await servers.raw([
      [...redirecting(fields), ...steps, { hold: true }],
      [...answering(), { hold: true }],
    ]);
    const { result, body } = await fetched(server.url('/here'), { timeout: 20 });
    expect([result, textOf(body)]).toEqual([Result.SUCCESS, 'ok']);
    expect(server.counts).toMatchObject({ connections: 2, requests: 2 });
    await server.waitFor('its end', ({ events }) => events.some((event) => /ended|reset|closed/.test(event)));
    expect(server.countsOf(0).sent).toBeLessThan(64 * 2 ** 20);
  });

  test('its connection is given back before the next is waited for', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });
    const server = await servers.http();
    const options = { pool };
    const to = `/redirect/302?to=${encodeURIComponent('/bytes/7')}&body=100`;
    const all = Array.from({ length: 20 }, () => start(server.url(to), { options }));
    for (const http of all) expect((await http.completed()).body).toHaveLength(7);
    expect(server.counts).toMatchObject({ connections: 1, requests: 40 });
  });
});

describe('a request with a body', () => {
  const body = Buffer.alloc(300_000, 'abc');

  test.for([307, 308])('is sent again as it was: %i', async (code, { servers }) => {
    const server = await servers.http();
    const to = `/redirect/${code}?to=${encodeURIComponent('/echo')}`;
    const http = start(server.url(to), { method: Method.PUT, headers: ['Content-Type: text/x'], body });
    const answer = await http.completed();
    expect(answer.getHeader('X-Method')).toBe('PUT');
    expect(answer.getHeader('Content-Type')).toBe('text/x');
    expect(Buffer.from(answer.body).equals(body)).toBe(true);
    expect(http.getUploadedBytes()).toBe(body.length);
  });

  test.for([301, 302, 303])('becomes a GET without one: %i', async (code, { servers }) => {
    const server = await servers.http();
    const to = `/redirect/${code}?to=${encodeURIComponent('/inspect')}`;
    const headers = ['Content-Type: text/x', 'X-Kept: yes'];
    const answer = await fetched(server.url(to), { method: Method.POST, headers, body });
    const seen = JSON.parse(answer.text());
    expect([seen.method, seen.bodyLength]).toEqual(['GET', 0]);
    expect(seen.rawHeaders).toContain('X-Kept');
    expect(seen.rawHeaders).not.toContain('Content-Type');
    expect(seen.rawHeaders).not.toContain('Content-Length');
  });

  test('is repeated with it where the connection was lost', async ({ servers }) => {
    const lost: Step[] = [{ expectHead: true }, { expectBytes: body.length }, { destroy: true }];
    const whole: Script = [{ expectHead: true }, { expectBytes: body.length }, { send: OK }, { hold: true }];
    const server = await servers.raw([[...answering(), ...lost], whole]);
    await using pool = new WorkerPool({ threads: 1 });
    const options = { pool };
    await fetched(server.url(), { options });
    const http = start(server.url(), { method: Method.PUT, body, options });
    expect((await http.completed()).result).toBe(Result.SUCCESS);
    expect(http.getUploadedBytes()).toBe(body.length);
  });
});

describe('limits and refusals', () => {
  test.for([
    [0, Result.REDIRECT_LIMIT_REACHED, 1],
    [2, Result.REDIRECT_LIMIT_REACHED, 3],
    [3, Result.SUCCESS, 4],
    [-1, Result.SUCCESS, 4],
  ] as const)('maxRedirects %i', async ([maxRedirects, expected, requests], { servers }) => {
    const server = await servers.http();
    const to = (path: string) => `/redirect/302?to=${encodeURIComponent(path)}`;
    const http = start(server.url(to(to(to('/bytes/1')))), { maxRedirects });
    const { result, responseCode, headers, body, failure } = await http.completed();
    expect(result).toBe(expected);
    expect(server.counts.requests).toBe(requests);
    if (expected === Result.SUCCESS) return;
    expect([responseCode, body.length]).toEqual([302, 0]);
    expect(headers).toContainEqual(expect.stringMatching(/^Location: /));
    expect(failure).toMatchObject({ code: 'REDIRECT_LIMIT_REACHED', responseCode: 302, headers });
    expect(http.getLastError()).toEqual(failure);
  });

  test('a circle ends', async ({ servers }) => {
    const server = await servers.raw(
      Array.from({ length: 20 }, () => redirecting('Content-Length: 0\r\n')).flat(),
    );
    expect((await fetched(server.url('/there'))).result).toBe(Result.REDIRECT_LIMIT_REACHED);
    expect(server.counts).toMatchObject({ connections: 1, requests: 9 });
  });

  test('followRedirects: false delivers it', async ({ servers }) => {
    const server = await servers.http();
    const answer = await fetched(server.url('/redirect/302?to=/bytes/1&body=5'), {
      options: { followRedirects: false },
      maxRedirects: 0,
    });
    expect([answer.result, answer.responseCode, answer.text()]).toEqual([Result.SUCCESS, 302, 'xxxxx']);
  });

  test('https to http is refused, unless it is allowed', async ({ servers }) => {
    const { cert } = await servers.authority();
    const [secure, plain] = [await servers.https(), await servers.http()];
    const url = secure.url(`/redirect/302?to=${encodeURIComponent(plain.url('/bytes/3'))}`);
    const tls = TLSOptions.client(cert);
    const http = start(url, { options: { tls } });
    const refused = await http.completed();
    expect([refused.result, refused.responseCode, refused.headers]).toEqual([Result.CONNECTION_ERROR, 0, []]);
    expect(http.getLastError()).toMatchObject({
      code: 'INSECURE_REDIRECT',
      request: 'answered',
      responseCode: 302,
      headers: expect.arrayContaining([expect.stringMatching(/^Location: http:/)]),
    });
    expect(plain.counts.connections).toBe(0);
    const allowed = await fetched(url, { options: { tls, allowInsecureRedirects: true } });
    expect([allowed.result, allowed.url, allowed.body.length]).toEqual([0, plain.url('/bytes/3'), 3]);
  });

  test('an invalid Location is refused', async ({ servers }) => {
    const server = await servers.http();
    const { result, failure } = await fetched(server.url('/redirect/301?to=javascript:1'));
    expect([result, failure?.code, failure?.responseCode]).toEqual([4, 'INVALID_REDIRECT', 301]);
  });
});

test('proxies are decided anew for each hop', async ({ servers }) => {
  const { cert } = await servers.authority();
  const [secure, plain, elsewhere] = [await servers.https(), await servers.http(), await servers.http()];
  const [forSecure, forPlain] = [await servers.proxy(), await servers.proxy()];
  const to = (url: string) => `/redirect/302?to=${encodeURIComponent(url)}`;
  const http = start(plain.url(to(secure.url(to(elsewhere.url('/bytes/3'))))), {
    httpProxy: ['127.0.0.1', forPlain.port],
    httpsProxy: ['127.0.0.1', forSecure.port],
    options: { tls: TLSOptions.client(cert), allowInsecureRedirects: true },
  });
  expect((await http.completed()).body).toHaveLength(3);
  expect(forPlain.counts.requests).toBe(2);
  expect(forSecure.counts).toMatchObject({ requests: 1, tunnels: 1 });
});

describe('the environment’s proxies are decided anew for each hop', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** The variables from here on, and none besides. */
  function setAll(variables: Record<string, string>): void {
    for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'request_method']) {
      vi.stubEnv(name.toUpperCase(), '');
      vi.stubEnv(name, variables[name] ?? '');
    }
  }

  const urlOf = ({ host, port }: TestServer, login = ''): string => `http://${login}${host}:${port}`;
  const to = (url: string): string => `/redirect/302?to=${encodeURIComponent(url)}`;
  const linesOf = async (server: TestServer): Promise<string[]> =>
    (await server.connections()).flatMap(({ asked }) => asked.map(([line = '']) => line));

  test.for([
    ['past it, through it, and back', false],
    ['through it, past it, and back', true],
  ] as const)('NO_PROXY matches one host: %s', async ([, throughFirst], { servers }) => {
    const [matched, other] = [await servers.http(), await servers.http()];
    const proxy = await servers.proxy({ credentials: { username: 'me', password: 'pass' } });
    setAll({ http_proxy: urlOf(proxy, 'me:pass@'), no_proxy: `127.0.0.1:${matched.port}` });
    const [first, second] = throughFirst ? [other, matched] : [matched, other];
    const last = first.url('/inspect');
    const http = start(first.url(to(second.url(to(last)))), { options: { proxyFromEnvironment: true } });
    const { result, url, body } = await http.completed();
    expect([result, url]).toEqual([Result.SUCCESS, last]);
    // The host that is matched gets its path alone, and no login that is the proxy's.
    expect([matched.counts.requests, other.counts.requests]).toEqual(throughFirst ? [1, 2] : [2, 1]);
    expect(JSON.parse(textOf(body))).toMatchObject({ method: 'GET', url: '/inspect' });
    expect(textOf(body)).not.toMatch(/proxy-authorization/i);
    const through = throughFirst ? [first.url(to(second.url(to(last)))), last] : [second.url(to(last))];
    expect(await linesOf(proxy)).toEqual(through.map((asked) => `GET ${asked} HTTP/1.1`));
  });

  test('each scheme has its own, and one that was set is before it', async ({ servers }) => {
    const { cert } = await servers.authority();
    const [secure, plain] = [await servers.https(), await servers.http()];
    const [forPlain, forSecure, set] = [await servers.proxy(), await servers.proxy(), await servers.proxy()];
    setAll({ http_proxy: urlOf(forPlain), https_proxy: urlOf(forSecure) });
    const url = plain.url(to(secure.url(to(plain.url('/bytes/3')))));
    const options = {
      proxyFromEnvironment: true,
      tls: TLSOptions.client(cert),
      allowInsecureRedirects: true,
    };
    expect((await fetched(url, { options })).body).toHaveLength(3);
    const tunnel = `CONNECT 127.0.0.1:${secure.port} HTTP/1.1`;
    const lines = [`GET ${url} HTTP/1.1`, `GET ${plain.url('/bytes/3')} HTTP/1.1`];
    expect([await linesOf(forPlain), await linesOf(forSecure)]).toEqual([lines, [tunnel]]);
    expect((await fetched(url, { options, httpsProxy: [set.host, set.port] })).body).toHaveLength(3);
    expect([await linesOf(forPlain), await linesOf(set)]).toEqual([[...lines, ...lines], [tunnel]]);
    expect(forSecure.counts.connections).toBe(1);
  });

  test('what it says counts for all hops as it was at request()', async ({ servers }) => {
    const proxy = await servers.proxy();
    const last = await servers.http();
    const hop = (url: string): Step[] => [
      { expectHead: true },
      { waitFor: 'go' },
      { send: `HTTP/1.1 302 Found\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n` },
      { hold: true },
    ];
    const first = await servers.raw(hop(last.url('/bytes/3')));
    setAll({ http_proxy: urlOf(proxy), no_proxy: `127.0.0.1:${first.port}` });
    const http = start(first.url(), { options: { proxyFromEnvironment: true } });
    setAll({});
    first.blockUntil('the first request', ({ requests }) => requests === 1);
    first.release('go');
    expect((await http.completed()).body).toHaveLength(3);
    expect(await linesOf(proxy)).toEqual([`GET ${last.url('/bytes/3')} HTTP/1.1`]);
  });
});

test('a failure behind a redirect says that something was answered', async ({ servers }) => {
  const port = await servers.refusedPort();
  const server = await servers.http();
  const to = encodeURIComponent(`http://127.0.0.1:${port}/`);
  const http = start(server.url(`/redirect/303?to=${to}`), { method: Method.POST, body: 'order' });
  const { result, failure, url } = await http.completed();
  expect([result, url]).toEqual([Result.CANT_CONNECT, `http://127.0.0.1:${port}/`]);
  // A POST that has come to its end must not be taken for one that was never sent.
  expect(failure).toMatchObject({ request: 'answered', phase: 'connect' });
  expect(failure?.responseCode).toBeUndefined();
});
