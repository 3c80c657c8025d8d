import { ErrorCode, type HTTPClient, Method, Status } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, get, pollUntil, readBody, settled } from '../../support/client.ts';
import { type Script, startServers } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const FIRST = 'HTTP/1.1 201 Created\r\nX-A: first\r\nContent-Length: 2\r\n\r\nok';

async function connectTo(script: Script): Promise<HTTPClient> {
  return connect(await servers.raw(script));
}

/** Everything that a client says about its response. */
function saidBy(http: HTTPClient) {
  return {
    exists: http.hasResponse(),
    code: http.getResponseCode(),
    chunked: http.isResponseChunked(),
    length: http.getResponseBodyLength(),
    lines: http.getResponseHeaders(),
    dictionary: { ...http.getResponseHeadersAsDictionary() },
    a: http.getResponseHeader('x-a'),
    as: http.getResponseHeaderValues('X-A'),
    trailers: http.getResponseTrailers(),
  };
}

const NOTHING_SAID = {
  exists: false,
  code: 0,
  chunked: false,
  length: -1,
  lines: [],
  dictionary: {},
  a: null,
  as: [],
  trailers: [],
};

const FIRST_SAID = {
  exists: true,
  code: 201,
  chunked: false,
  length: 2,
  lines: ['X-A: first', 'Content-Length: 2'],
  dictionary: { 'X-A': 'first', 'Content-Length': '2' },
  a: 'first',
  as: ['first'],
  trailers: [],
};

test('a client without a response has nothing to say', async () => {
  expect(saidBy(await connectTo([{ hold: true }]))).toEqual(NOTHING_SAID);
});

describe('header fields', () => {
  const COOKIES = ['a=1; Path=/', 'b=2; Expires=Wed, 09 Jun 2100 10:18:14 GMT'];

  const read = async (): Promise<HTTPClient> => {
    const http = await connect(await servers.http());
    await get(http, '/headers');
    return http;
  };

  test('come as lines, in the order and casing of the server, with every duplicate', async () => {
    const lines = (await read()).getResponseHeaders();
    const own = lines.filter((line) => /^(set-|x-)/i.test(line));
    expect(own).toEqual([
      ...COOKIES.map((cookie) => `Set-Cookie: ${cookie}`),
      'X-Twice: one',
      'x-tWICE: two',
      'X-oDD-CasING: Kept',
      'X-Empty: ',
      'X-Colons: a: b: c',
      'X-UTF8: grüße, 世界',
    ]);
  });

  test('come as a dictionary, duplicates joined where their casing is the same', async () => {
    const dictionary = (await read()).getResponseHeadersAsDictionary();
    expect(Object.getPrototypeOf(dictionary)).toBeNull();
    expect({ ...dictionary }).toMatchObject({
      'Set-Cookie': COOKIES.join('; '),
      'X-Twice': 'one',
      'x-tWICE': 'two',
      'X-oDD-CasING': 'Kept',
      'X-Empty': '',
      'X-Colons': 'a: b: c',
      'X-UTF8': 'grüße, 世界',
    });
  });

  test.each([
    ['set-cookie', COOKIES],
    ['SET-COOKIE', COOKIES],
    ['x-twice', ['one', 'two']],
    ['X-odd-casing', ['Kept']],
    ['x-empty', ['']],
    ['X-Colons', ['a: b: c']],
    ['x-utf8', ['grüße, 世界']],
    ['X-Absent', []],
    ['X', []],
    ['X-Colons: a', []],
    ['', []],
  ])('are found by name, whatever the casing: %j', async (name, values) => {
    const http = await read();
    expect(http.getResponseHeaderValues(name)).toEqual(values);
    expect(http.getResponseHeader(name)).toBe(values[0] ?? null);
  });

  test.each([
    ['Latin-1', 'gr\xfc\xdfe', 'gr\xfc\xdfe'],
    ['Latin-1, of the C1 controls that Windows has letters for', '\x80\x85\x9f', '\x80\x85\x9f'],
    ['UTF-8', 'caf\xc3\xa9', 'café'],
    ['UTF-8 behind a mark', '\xef\xbb\xbfcaf\xc3\xa9', '\ufeffcafé'],
    ['UTF-8 of U+FFFD itself', 'a\xef\xbf\xbdb', 'a\ufffdb'],
    ['both, so that neither can be told', 'caf\xc3\xa9 caf\xe9', 'caf\xc3\xa9 caf\xe9'],
    ['UTF-8 that is cut short', 'caf\xc3', 'caf\xc3'],
    ['an overlong form', '\xc0\xaf', '\xc0\xaf'],
    ['half a surrogate pair', '\xed\xa0\x80', '\xed\xa0\x80'],
  ])('beyond ASCII lose no byte: %s', async (_name, bytes, value) => {
    const fields = `X-A: ${bytes}\r\nX-B: caf\xc3\xa9\r\nX-C: caf\xe9\r\n`;
    const head = `HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`;
    const answer = Buffer.from(`${head}0\r\n${fields}\r\n`, 'latin1');
    const http = await connectTo([{ expectHead: true }, { send: answer }]);
    await get(http, '/');
    const lines = [`X-A: ${value}`, 'X-B: café', 'X-C: café'];
    expect(http.getResponseHeaders()).toEqual([...lines, 'Transfer-Encoding: chunked']);
    expect(http.getResponseTrailers()).toEqual(lines);
    expect(http.getResponseHeaderValues('x-a')).toEqual([value]);
    expect(http.getResponseHeadersAsDictionary()).toMatchObject({
      'X-A': value,
      'X-B': 'café',
      'X-C': 'café',
    });
  });

  test('named like members of Object are fields like others', async () => {
    const head = 'HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\nContent-Length: 0\r\n\r\n';
    const http = await connectTo([{ expectHead: true }, { send: head }]);
    await get(http, '/');
    expect(Object.entries(http.getResponseHeadersAsDictionary()).slice(0, 2)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test('of an interim response are not those of the final one', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
    const http = await connectTo([{ expectHead: true }, { send: hints + FIRST }]);
    await get(http, '/');
    expect(saidBy(http)).toEqual(FIRST_SAID);
  });

  test('that are none leave a response all the same', async () => {
    const http = await connectTo([{ expectHead: true }, { send: 'HTTP/1.1 204 No Content\r\n\r\n' }]);
    await get(http, '/');
    expect(saidBy(http)).toEqual({ ...NOTHING_SAID, exists: true, code: 204 });
  });

  test('can be read again and again, and what the caller does to them changes nothing', async () => {
    const http = await read();
    const before = saidBy(http);
    http.getResponseHeaders().length = 0;
    http.getResponseHeaderValues('Set-Cookie').length = 0;
    delete http.getResponseHeadersAsDictionary()['X-Twice'];
    expect(saidBy(http)).toEqual(before);
  });
});

describe('trailers', () => {
  test('are there with the end of the body, not before', async () => {
    const server = await servers.raw([
      { expectHead: true },
      { send: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n' },
      { waitFor: 'end' },
      { send: 'x-sum: zwölf\r\n\r\n' },
    ]);
    const http = await connect(server);
    http.request(Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.BODY);
    expect(http.readResponseBodyChunk()).toHaveLength(5);
    expect([http.getResponseTrailers(), http.getStatus()]).toEqual([[], Status.BODY]);
    server.release('end');
    expect(await readBody(http)).toHaveLength(0);
    expect(http.getResponseTrailers()).toEqual(['X-Sum: 1', 'x-sum: zwölf']);
    expect(http.getResponseHeader('X-Sum')).toBeNull();
  });

  test('are forgotten with the next request', async () => {
    const http = await connect(await servers.http());
    await get(http, '/trailers');
    expect(http.getResponseTrailers()).toHaveLength(2);
    http.request(Method.GET, '/bytes/10', []);
    expect(http.getResponseTrailers()).toEqual([]);
    expect(await settled(http)).toBe(Status.BODY);
    expect(http.getResponseTrailers()).toEqual([]);
  });
});

describe('what is said about a response', () => {
  const SECOND = 'HTTP/1.1 202 Accepted\r\nX-A: second\r\nContent-Length: 0\r\n\r\n';

  test('is forgotten by the next request, and nothing is said until the head of its answer', async () => {
    const server = await servers.raw([
      { expectHead: true },
      { send: FIRST },
      { expectHead: true },
      { waitFor: 'second' },
      { send: SECOND },
    ]);
    const http = await connect(server);
    await get(http, '/1');
    expect(saidBy(http)).toEqual(FIRST_SAID);
    expect(http.request(Method.GET, '/2', [])).toBe(ErrorCode.OK);
    expect(saidBy(http)).toEqual(NOTHING_SAID);
    await pollUntil(http, 'the second request at the server', () => server.counts.requests === 2);
    expect(saidBy(http)).toEqual(NOTHING_SAID);
    server.release('second');
    server.blockUntil('the second answer', ({ sent }) => sent === FIRST.length + SECOND.length);
    expect(saidBy(http)).toEqual(NOTHING_SAID);
    expect(await settled(http)).toBe(Status.CONNECTED);
    expect(saidBy(http)).toMatchObject({ code: 202, length: 0, as: ['second'] });
  });

  test('is forgotten by requestRaw() too, with a body', async () => {
    const http = await connectTo([{ expectHead: true }, { send: FIRST }, { hold: true }]);
    await get(http, '/1');
    expect(http.requestRaw(Method.POST, '/2', [], new Uint8Array(3))).toBe(ErrorCode.OK);
    expect(saidBy(http)).toEqual(NOTHING_SAID);
  });

  test('stays when a request is refused: that changes nothing', async () => {
    const http = await connectTo([{ expectHead: true }, { send: FIRST }, { hold: true }]);
    await get(http, '/1');
    expect(http.request(Method.GET, 'no path', [])).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(saidBy(http)).toEqual(FIRST_SAID);
  });

  test.each<[string, Script]>([
    ['without an answer', [{ end: true }]],
    ['by a reset', [{ reset: true }]],
    ['in the head', [{ send: 'HTTP/1.1 200 OK\r\nX-A: ' }, { end: true }]],
    ['behind an interim answer', [{ send: 'HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n' }, { end: true }]],
    ['with what is no HTTP', [{ send: 'SSH-2.0-dropbear\r\n\r\n' }, { hold: true }]],
  ])('is not there for the next request, which fails %s', async (_how, steps) => {
    const http = await connectTo([{ expectHead: true }, { send: FIRST }, { expectHead: true }, ...steps]);
    await get(http, '/1');
    http.request(Method.GET, '/2', []);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(saidBy(http)).toEqual(NOTHING_SAID);
  });

  test('stays when the connection ends: DISCONNECTED', async () => {
    const http = await connectTo([{ expectHead: true }, { send: `${FIRST}left over` }]);
    expect((await get(http, '/')).status).toBe(Status.DISCONNECTED);
    http.poll();
    expect(saidBy(http)).toEqual(FIRST_SAID);
  });

  test('stays when the connection fails in its body', async () => {
    const http = await connectTo([{ expectHead: true }, { send: FIRST.slice(0, -1) }, { end: true }]);
    await get(http, '/');
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(saidBy(http)).toEqual(FIRST_SAID);
  });

  test('stays when the idle connection is lost', async () => {
    const server = await servers.raw([
      { expectHead: true },
      { send: FIRST },
      { waitFor: 'idle' },
      { end: true },
    ]);
    const http = await connect(server);
    expect((await get(http, '/')).status).toBe(Status.CONNECTED);
    server.release('idle');
    await pollUntil(http, 'the failure', () => http.getStatus() === Status.CONNECTION_ERROR);
    expect(saidBy(http)).toEqual(FIRST_SAID);
  });

  test.each([
    ['close()', (http: HTTPClient) => http.close()],
    ['connectToHost()', (http: HTTPClient) => http.connectToHost('127.0.0.1', 1)],
    ['connectToHost() with a bad host', (http: HTTPClient) => http.connectToHost('')],
    ['dispose', (http: HTTPClient) => http[Symbol.dispose]()],
  ])('is forgotten by %s, in the middle of a body and after it', async (_name, forget) => {
    for (const answer of [FIRST, FIRST.slice(0, -1)]) {
      const http = await connectTo([{ expectHead: true }, { send: answer }, { hold: true }]);
      http.request(Method.GET, '/', []);
      expect(await settled(http)).toBe(Status.BODY);
      if (answer === FIRST) http.readResponseBodyChunk();
      expect(saidBy(http)).toEqual(FIRST_SAID);
      forget(http);
      expect(saidBy(http)).toEqual(NOTHING_SAID);
    }
  });
});
