import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { mayBeHost } from '../../../src/main/http-client/host-flaw.ts';
import { normaliseHost } from '../../../src/worker/node/dial/authority.ts';
import { connect, get, inspect, readBody, settled } from '../../support/client.ts';
import { type Servers, startServers, type TestServer, test } from '../../support/servers.ts';

const { GET, POST, OPTIONS, TRACE, CONNECT } = Method;

let servers: Servers;
let routes: TestServer;
beforeAll(async () => {
  servers = await startServers();
  routes = await servers.http();
});
afterAll(() => servers.close());

describe('connectToHost checks its arguments', () => {
  test.each([
    '',
    'http://',
    'HTTPS://',
    '[]',
    ' localhost',
    'local host',
    'localhost\r\n',
    'a\nb',
    'a\0b',
    'a\tb',
    '\x7f',
  ])('the host %j is refused with ERR_INVALID_PARAMETER', async (host) => {
    const http = new HTTPClient();
    expect(http.connectToHost(host, 80)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
    expect(http.poll()).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_HOST' });
    const shown = host.replace(/(?<=[\x00-\x20]).+/s, '...');
    expect(http.getLastError()?.message).toContain(JSON.stringify(shown).replace('\x7f', '\\u007f'));
  });

  test.each(['localhost user secret', 'localhost\nsecret', 'a\0secret', 'unix:\0secret', 'UNIX:/a\0secret'])(
    'nor what stands behind a blank or a control character: %j',
    (host) => {
      const http = new HTTPClient();
      expect(http.connectToHost(host)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(http.getLastError()).toMatchObject({ code: 'INVALID_HOST' });
      expect(http.getLastError()?.message).not.toContain('secret');
    },
  );

  test.each(['user:s3 cret@localhost', 'https://user:s3\tcr@t@localhost'])(
    'and no password of %j is told',
    (host) => {
      const http = new HTTPClient();
      expect(http.connectToHost(host)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
      expect(http.getLastError()?.message).toMatch(/^host "(https:\/\/)?\*\*\*@localhost" has /);
    },
  );

  const user = 'give a user in an Authorization header, a path to request().';
  test.each<readonly [host: string, start: string, end: string]>([
    ['localhost:80', '"localhost:80" has a port in it: give', 'argument, connectToHost("localhost", 80).'],
    ['http://a.b:8080', '"http://a.b:8080" has a port in it: give', 'connectToHost("http://a.b", 8080).'],
    ['[::1]:81', '"[::1]:81" has a port in it: give', 'connectToHost("[::1]", 81).'],
    ['127.0.0.1:', '"127.0.0.1:" has a colon in it', 'connectToHost("127.0.0.1").'],
    ['localhost/', '"localhost/" has a path in it: give the path to request().', ''],
    ['http://localhost/secret', '"http://localhost/..." has a path in it: give', ''],
    ['[::1]/secret', '"[::1]/..." has a path in it', ''],
    ['localhost\\secret', '"localhost\\\\..." has a path in it', ''],
    ['localhost?secret', '"localhost?..." has a query in it: give the query to request().', ''],
    ['localhost#secret', '"localhost#..." has a fragment in it', ''],
    [
      'http://a:8/secret',
      '"http://a:8/..." has a port and a path in it',
      '8), and give the path to request().',
    ],
    ['secret@localhost', '"***@localhost" has an "@" in it', user],
    ['user:secret@localhost', '"***@localhost" has an "@" in it', user],
    ['user:s@secret/secret@localhost', '"***@localhost" has an "@" in it', user],
    ['user:80/secret@localhost', '"***@localhost" has an "@" in it', user],
    ['https://secret@secret@localhost:80/secret', '"https://***@localhost:..." has an "@" in it', user],
    ['secret:secret@', '"***@" has an "@" in it', user],
    ['https://http://secret', '"https://http://..." has "http://" in it: only', ''],
    ['ws://localhost:80/secret', '"ws://..." has "ws://" in it: only', ''],
    ['user:secret', '"user:..." is neither a name nor an IP address.', ''],
    ['localhost:80:secret', '"localhost:..." is neither a name nor an IP address', ''],
    ['user:1234567', '"user:..." is neither a name nor an IP address.', ''],
    ['user%3Asecret%40localhost', '"user%..." is neither a name nor an IP address.', ''],
    ['loc%61lhost', '"loc%..." is neither a name nor an IP address.', ''],
    ['::secret', '":..." is neither a name nor an IP address.', ''],
    ...['[localhost', '[localhost]', '::1::2', '256.0.0.1', 'a<b'].map(
      (host) => [host, `${JSON.stringify(host)} is neither a name nor an IP address.`, ''] as const,
    ),
    ...[':80', '/secret', '?secret', '#'].map((host) => {
      const shown = host.replace(/(?<=.).+/, '...');
      return [host, `"${shown}" is neither a name nor an IP address.`, ''] as const;
    }),
  ])('%j is no host: CANT_RESOLVE at once, with what to do, and without a secret', (host, start, end) => {
    const http = new HTTPClient();
    expect(http.connectToHost(host, 80)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect([http.getStatus(), http.isFailed()]).toEqual([Status.CANT_RESOLVE, true]);
    expect([http.poll(), http.poll()]).toEqual([ErrorCode.ERR_CANT_RESOLVE, ErrorCode.ERR_CANT_RESOLVE]);
    const { message, ...failure } = http.getLastError() ?? { message: '' };
    expect(failure).toEqual({ phase: 'argument', code: 'INVALID_HOST', request: null });
    expect(message.startsWith(`host ${start}`), message).toBe(true);
    expect(message.endsWith(end), message).toBe(true);
    expect(message).not.toContain('secret');
  });

  test('whatever is refused at once the worker would refuse, and it has the last word', () => {
    const hosts = [
      ...[
        'localhost',
        'a.b.',
        'a_b',
        '-a-',
        '*.a',
        'a..b',
        '127.1',
        '0x7f.1',
        '256.0.0.1',
        '1.2.3.4.5',
        'a<b',
        'a|b',
      ],
      ...[
        'bücher.example',
        'xn--bcher-kva.example',
        'xn--a',
        '世界',
        'a。b',
        '１２７.0.0.1',
        'a／b',
        '\u00ad',
        '\ud800',
      ],
      ...[
        '::',
        '::1',
        '1::',
        '::ffff:1.2.3.4',
        '1:2:3:4:5:6:7:8',
        '1:2:3:4:5:6:7:8:9',
        '1:2',
        '::g',
        '::ffff:1.2.3',
      ],
      ...[
        'fe80::1%eth0',
        'fe80::1%br-lan.1',
        'a%b',
        '%',
        'a/b',
        'a\\b',
        'a?b',
        'a#b',
        'a@b',
        'a:1',
        '[a]',
        'a[b',
      ],
      ...[`${'a'.repeat(70)}.example`, `${'a.'.repeat(200)}a`],
    ];
    for (const host of hosts) expect([host, mayBeHost(host)]).toEqual([host, normaliseHost(host) !== '']);
    expect([mayBeHost('::1%é'), normaliseHost('::1%é')]).toEqual([true, '']);
  });

  test.each([0, 65_536, 1e9])('port %i is refused, and sets CANT_CONNECT', (port) => {
    const http = new HTTPClient();
    expect(http.connectToHost('localhost', port)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(http.getStatus()).toBe(Status.CANT_CONNECT);
    expect([http.poll(), http.poll()]).toEqual([ErrorCode.ERR_CANT_CONNECT, ErrorCode.ERR_CANT_CONNECT]);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_PORT' });
    expect(http.getLastError()?.message).toContain(String(port));
  });

  test('the connection there was is closed even if the host is refused', async () => {
    const server = await servers.http();
    const http = await connect(server);
    http.connectToHost('', 80);
    await server.closed();
  });
});

test('setting a proxy, or a connection that is none, leaves the connection there is alone', async () => {
  const http = await connect(await servers.http());
  http.setHttpProxy('proxy.invalid', 8080);
  http.setConnection(null);
  expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'INVALID_CONNECTION' });
  http.connection = http.getConnection();
  expect(http.getStatus()).toBe(Status.CONNECTED);
  expect((await get(http, '/bytes/3')).body).toHaveLength(3);
});

/** Method, url, headers, body; the code, and a part of the message, which tells what is wrong. */
type Refused = [method: number, url: string, headers: string[], body: string, code: string, message: string];

function badUrl(url: string, message: string, method: number = GET): Refused {
  return [method, url, [], '', 'INVALID_URL', message];
}

function badHeader(header: string, message: string, body = ''): Refused {
  return [POST, '/', ['X-Good: 1', header], body, 'INVALID_HEADER', message];
}

function repeated(first: string, second: string, body = ''): Refused {
  const name = JSON.stringify(second.slice(0, second.indexOf(':')));
  const message = `headers[2], ${name}, comes a second time`;
  return [POST, '/', [first, 'X-Good: 1', second], body, 'INVALID_HEADER', message];
}

describe('what must not reach the wire is refused with ERR_INVALID_PARAMETER and the reason', () => {
  let http: HTTPClient;
  beforeEach(async () => {
    http = await connect(routes);
    return () => http.close();
  });

  test.each<Refused>([
    [-1, '/', [], '', 'INVALID_METHOD', 'method must be 0 (GET) to 8 (PATCH), not -1'],
    [9, '/', [], '', 'INVALID_METHOD', 'method must be 0 (GET) to 8 (PATCH), not 9'],
    [TRACE, '/', [], 'body', 'INVALID_BODY', 'TRACE'],
    [CONNECT, 'a:1', [], 'body', 'INVALID_BODY', 'CONNECT'],
    badUrl(
      '',
      'url must start with "/", or with "http://" or "https://" and a host (without a user), but is empty.',
    ),
    ...['index.html', '*', 'ftp://example.com/', 'HTTP://example.com/', '\u{1f600}'].map((url) =>
      badUrl(url, `but has "${[...url][0]}" at index 0.`),
    ),
    ...[' ', '\r', '\n', '\0', '\t', '\x7f'].map((char) =>
      badUrl(`/a${char}b`, `${JSON.stringify(char).replace('\x7f', '\\u007f')} at index 2`),
    ),
    badUrl('/ HTTP/1.1\r\nX: 1\r\n\r\nGET /smuggled', '" " at index 1'),
    // A fragment is cut off; what is in front of it must be a target.
    ...['#', '#/a'].map((url) => badUrl(url, 'but is empty.')),
    badUrl('http://#', 'and a host (without a user), but ends there.'),
    badUrl('http://user@a/#b', 'but has "@" at index 11.'),
    badUrl('/a b#c', '" " at index 2'),
    badUrl('a#:1', 'host:port', CONNECT),
    ...[
      'http://',
      'https:///x',
      'http://?x',
      'http://@',
      'http://user@a/',
      'http://:80/',
      'http://[::1/',
      'http://a:b:c/',
    ].map((url) => badUrl(url, 'and a host')),
    badUrl('http://user:pass@a/', 'but has ":" at index 11.'),
    badUrl('http://[::1/', 'but has "[" at index 7.'),
    badUrl('https://a:123456/', 'but has "6" at index 15.'),
    ...['', '**', 'index.html'].map((url) => badUrl(url, 'must start with', OPTIONS)),
    ...['a', 'a:', ':443', '/x:1', 'http://a:1', 'user@a:1', '*'].map((url) =>
      badUrl(url, 'host:port', CONNECT),
    ),
    ...['', '  '].map((header) => badHeader(header, 'headers[1]')),
    badHeader('X-Bad', 'no colon'),
    badHeader(': value', 'no name'),
    ...[' X-Bad', 'X-Bad ', 'X Bad', 'X-Bäd', 'X(Bad)'].map((name) => badHeader(`${name}: 1`, 'name')),
    badHeader('X-Bad: 1\r\nX-Injected: 2', '"\\r" at index 8'),
    badHeader('X-Bad: 1\n X-Folded: 2', '"\\n" at index 8'),
    badHeader('X-Bad: 1\r', '"\\r" at index 8'),
    badHeader('X-Bad: \0', '"\\u0000" at index 7'),
    badHeader('X-Bad: \x1b[0m', '"\\u001b" at index 7'),
    badHeader('X-\r\nBad: 1', '"\\r" at index 2'),
    ...['4', '6', '5, 5', '5:6', '+5', '05', ''].map((length) =>
      badHeader(`Content-LENGTH: ${length}`, 'contradicts the body, which has 5 bytes', 'bytes'),
    ),
    badHeader('Content-Length: 1', 'contradicts the body, which has 0 bytes'),
    badHeader('Transfer-Encoding: chunked', 'with its Content-Length, not in chunks', 'bytes'),
    badHeader('TRANSFER-encoding: identity', 'with its Content-Length, not in chunks'),
    repeated('Host: a.example', 'Host: b.example'),
    repeated('Host: a.example', 'Host: a.example'),
    repeated('Host: a.example', 'hOST:a.example'),
    repeated('Content-Length: 5', 'Content-Length: 5', 'bytes'),
    repeated('content-length: 5', 'Content-LENGTH:5', 'bytes'),
    repeated('Content-Length: 0', 'Content-Length: 0'),
  ])('method %i, url %j, headers %j, body %j: %s', async (method, url, headers, body, code, message) => {
    await get(http, '/headers');
    const before = routes.counts.requests;
    const failure = { phase: 'argument', code, message: expect.stringContaining(message), request: null };
    const bytes = new TextEncoder().encode(body);

    const byText = Reflect.apply(http.request, http, [method, url, headers, body]);
    expect([byText, http.getLastError()]).toEqual([ErrorCode.ERR_INVALID_PARAMETER, failure]);
    const byBytes = Reflect.apply(http.requestRaw, http, [method, url, headers, bytes]);
    expect([byBytes, http.getLastError()]).toEqual([ErrorCode.ERR_INVALID_PARAMETER, failure]);

    expect(http.getStatus()).toBe(Status.CONNECTED);
    expect(http.poll()).toBe(ErrorCode.OK);
    expect(http.getResponseHeader('X-Colons')).toBe('a: b: c');
    // Had anything been sent, the server would not take this for the next request of the same connection.
    expect(await inspect(http, GET)).toMatchObject({ url: '/inspect' });
    expect(routes.counts.requests).toBe(before + 1);
    expect(http.getLastError()).toBeNull();
  });

  test('the length that the ignored body of a GET would have is refused too', () => {
    expect(http.request(GET, '/', ['Content-Length: 4'], 'body')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  });
});

describe('a request needs CONNECTED, and elsewhere changes nothing', () => {
  function expectRefused(http: HTTPClient, name: keyof typeof Status): void {
    expect(http.getStatus()).toBe(Status[name]);
    expect(http.request(GET, '/', [])).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(http.getLastError()).toMatchObject({ phase: 'argument', code: 'NOT_CONNECTED' });
    expect(http.getLastError()?.message).toMatch(new RegExp(`\\b${name}\\b.*\\bCONNECTED\\b`));
    expect(http.requestRaw(POST, '/', [], new Uint8Array(1))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(http.getStatus()).toBe(Status[name]);
  }

  test('DISCONNECTED, RESOLVING, CONNECTING', () => {
    const http = new HTTPClient();
    expectRefused(http, 'DISCONNECTED');
    http.connectToHost('localhost', routes.port);
    expectRefused(http, 'RESOLVING');
    http.connectToHost(routes.host, routes.port);
    expectRefused(http, 'CONNECTING');
  });

  test('REQUESTING and BODY, which go on undisturbed', async () => {
    const http = await connect(routes);
    http.request(GET, '/bytes/10', []);
    expectRefused(http, 'REQUESTING');
    await settled(http);
    expectRefused(http, 'BODY');
    expect(await readBody(http)).toHaveLength(10);
    expect((await get(http, '/bytes/3')).body).toHaveLength(3);
  });

  test('CANT_CONNECT', async () => {
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', await servers.refusedPort());
    await settled(http);
    http.request(GET, '/', []);
    expect(http.getLastError()?.message).toMatch(
      /CANT_CONNECT; request\(\) needs CONNECTED. Before that: .*ECONNREFUSED/,
    );
    expectRefused(http, 'CANT_CONNECT');
  });

  test('after the server has left unseen a request is taken, and the polls tell', async () => {
    const server = await servers.raw([{ waitFor: 'go' }, { end: true }]);
    const http = await connect(server);
    server.release('go');
    await server.finished();
    expect(http.request(GET, '/', [])).toBe(ErrorCode.OK);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
  });
});
