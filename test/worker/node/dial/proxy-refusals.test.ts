import { ErrorCode, type HTTPClientOptions, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { get, pollUntil, settled, UNKNOWN_NAME } from '../../../support/client.ts';
import { failed, left, proxied } from '../../../support/proxied.ts';
import { type Servers, type Step, startServers, type TestServer, test } from '../../../support/servers.ts';

/** What must be in no message: the password, plain and as it is sent. */
const SECRET = { login: 'me:s3cret@' };
const SECRETS = new RegExp(`s3cret|${Buffer.from('me:s3cret').toString('base64')}`);

/** What every failure of a proxy is, whatever its code. */
const CANT_CONNECT = { status: Status.CANT_CONNECT, error: ErrorCode.ERR_CANT_CONNECT };
const OF_PROXY = { ...CANT_CONNECT, phase: 'proxy', request: null };

let shared: Servers;
let target: TestServer;
let trusted: TLSOptions;
beforeAll(async () => {
  shared = await startServers();
  target = await shared.https();
  trusted = TLSOptions.client((await shared.authority()).cert);
});
afterAll(() => shared.close());

/** A proxy that was asked for a tunnel, and then does these steps; whatever comes next is tunnelled. */
function proxyThat(steps: readonly Step[], secure: boolean): Promise<TestServer> {
  const { host, port } = target;
  const good: Step[] = [{ send: 'HTTP/1.1 200 OK\r\n\r\n' }, { tunnelTo: { host, port } }];
  return shared.raw(
    [
      [{ expectHead: true }, ...steps],
      [{ expectHead: true }, ...good],
    ],
    { tls: secure },
  );
}

describe.each<[string, boolean]>([
  ['an HTTP proxy', false],
  ['an HTTP proxy over TLS', true],
])('%s', (_kind, secure) => {
  const through = (proxy: TestServer, connect = 60_000) => {
    const options = { proxyTLS: trusted, timeouts: { connect } };
    return proxied(proxy, { scheme: secure ? 'https' : 'http', ...SECRET }, options);
  };

  /** Connects through `proxy`, which must fail, tell why, and leave nothing behind. */
  async function expectFailure(proxy: TestServer, expected: object, connect?: number) {
    const http = through(proxy, connect);
    expect(http.connectToHost('127.0.0.1', target.port, trusted)).toBe(ErrorCode.OK);
    const failure = await failed(http);
    expect(failure).toMatchObject({ ...OF_PROXY, ...expected });
    expect(failure.message).toContain(`${proxy.host}:${proxy.port}`);
    expect(JSON.stringify(failure)).not.toMatch(SECRETS);
    expect([http.poll(), http.poll()]).toEqual([CANT_CONNECT.error, CANT_CONNECT.error]);
    expect([http.getStatus(), http.hasResponse(), http.getResponseCode()]).toEqual([
      CANT_CONNECT.status,
      false,
      0,
    ]);
    await left(proxy);

    http.setTimeouts({ connect: 60_000 });
    http.connectToHost('127.0.0.1', target.port, trusted);
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
    return failure;
  }

  test.each<[string, string, string[], string]>([
    ['HTTP/1.1 403 Forbidden', 'PROXY_REFUSED', ['Content-Length: 0', 'X-Why: policy'], ''],
    ['HTTP/1.1 502 Bad Gateway', 'PROXY_REFUSED', ['Content-Length: 5'], 'sorry'],
    ['HTTP/1.0 503 Busy', 'PROXY_REFUSED', [], 'until the end'],
    ['HTTP/1.1 500 ', 'PROXY_REFUSED', ['Transfer-Encoding: chunked'], '5\r\nsorry\r\n0\r\n\r\n'],
    [
      'HTTP/1.1 302 Found',
      'PROXY_REFUSED',
      ['Location: http://login.test/', 'Set-Cookie: a', 'Set-Cookie: b'],
      '',
    ],
    ['HTTP/1.1 300 Choices', 'PROXY_REFUSED', ['Connection: keep-alive'], ''],
    ['HTTP/1.1 600 Strange', 'PROXY_REFUSED', [], ''],
    [
      'HTTP/1.1 407 Proxy Authentication Required',
      'PROXY_AUTHENTICATION_REQUIRED',
      ['Proxy-Authenticate: Digest realm="a"', 'Proxy-Authenticate: Basic realm="a"'],
      '',
    ],
    // No framing is judged: what follows a refusal is not read.
    ...[
      ['Content-Length: 1', 'Content-Length: 2'],
      ['Content-Length: x'],
      ['Content-Length: -1'],
      ['Transfer-Encoding: chunked', 'Content-Length: 3'],
      ['Transfer-Encoding: chunked, gzip'],
      ['Transfer-Encoding: '],
    ].flatMap((headers): [string, string, string[], string][] => [
      ['HTTP/1.1 407 Login', 'PROXY_AUTHENTICATION_REQUIRED', headers, 'x'],
      ['HTTP/1.0 502 Bad Gateway', 'PROXY_REFUSED', headers, 'x'],
    ]),
    ['HTTP/1.1 101 Switching', 'PROXY_REFUSED', ['Upgrade: x'], ''],
  ])('that answers %s: %s', async (statusLine, code, headers, body) => {
    const reply = `${[statusLine, ...headers].join('\r\n')}\r\n\r\n${body}`;
    const proxy = await proxyThat([{ send: reply }, { hold: true }], secure);
    const failure = await expectFailure(proxy, {
      code,
      proxyResponse: { statusLine: statusLine.trimEnd(), headers },
    });
    expect(failure.message).toContain(code === 'PROXY_REFUSED' ? statusLine.split(' ')[1] : 'credentials');
  });

  test.each<[string, string[], string]>([
    ['NTLM', ['Proxy-Authenticate: NTLM'], 'with NTLM'],
    ['Negotiate', ['PROXY-AUTHENTICATE: negotiate YII=='], 'with Negotiate'],
    [
      'Digest, with parameters',
      ['Proxy-Authenticate: Digest realm="Basic realm, \\"Basic\\" x", nonce = "a", qop="auth,auth-int"'],
      'with Digest',
    ],
    [
      'several, in fields',
      ['Proxy-Authenticate: Negotiate', 'Proxy-Authenticate: NTLM'],
      'with NTLM or Negotiate',
    ],
    [
      'several, in a list',
      ['Proxy-Authenticate: , Negotiate,NTLM , Digest realm="x",algorithm=MD5,'],
      'with NTLM or Negotiate or Digest',
    ],
    ['what nobody knows', ['Proxy-Authenticate: Hunter2 basic="x"'], 'of a kind that tickhttp does not know'],
  ])('that takes %s only is told that Basic is what is spoken', async (_what, headers, wanted) => {
    const reply = `${['HTTP/1.1 407 No', ...headers].join('\r\n')}\r\n\r\n`;
    const proxy = await proxyThat([{ send: reply }, { hold: true }], secure);
    const failure = await expectFailure(proxy, { code: 'PROXY_AUTHENTICATION_REQUIRED' });
    expect(failure.message).toContain(
      `the proxy wants a login ${wanted}, and tickhttp supports only Basic: use a proxy that accepts Basic`,
    );
    expect(failure.message).not.toContain('Hunter2');
    expect(failure.proxyResponse?.headers).toEqual(headers);
  });

  // Nothing behind a refusal is used, so a fault there must not hide what the proxy wants.
  test.each<[string, string, string[]]>([
    ['a blank before a colon', 'Proxy-Authenticate : NTLM\r\n\r\n', ['Proxy-Authenticate: NTLM']],
    ['a line without a colon', 'A: b\r\nwhat\r\nC: d\r\n\r\n', ['A: b', 'C: d']],
    ['a control character', 'A: \x01\r\nC: d\r\n\r\n', ['C: d']],
    ['more bytes than `limits` allow', `A: b\r\nC: ${'d'.repeat(70_000)}\r\n\r\n`, ['A: b']],
  ])('whose refusal has %s has refused', async (_what, fields, headers) => {
    const proxyLine = 'HTTP/1.1 407 Login';
    const proxy = await proxyThat([{ send: `${proxyLine}\r\n${fields}` }, { hold: true }], secure);
    const proxyResponse = { statusLine: proxyLine, headers };
    const failure = await expectFailure(proxy, { code: 'PROXY_AUTHENTICATION_REQUIRED', proxyResponse });
    if (fields.includes('NTLM')) expect(failure.message).toContain('wants a login with NTLM');
  });

  test.each<[string, Step]>([
    ['ends', { end: true }],
    ['resets', { reset: true }],
  ])('whose refusal %s behind its status line has refused', async (_how, step) => {
    const send = 'HTTP/1.1 403 Forbidden\r\nX-Why: policy\r\nX-Half: ';
    const proxy = await proxyThat([{ send }, step], secure);
    const proxyResponse = { statusLine: 'HTTP/1.1 403 Forbidden', headers: ['X-Why: policy'] };
    await expectFailure(proxy, { code: 'PROXY_REFUSED', proxyResponse });
  });

  test.each<[string, string[]]>([
    ['in a field of its own', ['Proxy-Authenticate: NTLM', 'Proxy-Authenticate: basic realm="x"']],
    ['in a list', ['Proxy-Authenticate: Digest realm="a, b", nonce="c",BASIC realm="x"']],
    ['alone', ['Proxy-Authenticate: Negotiate, Basic']],
    ['or does not say', []],
    ['or says nothing', ['Proxy-Authenticate:']],
  ])('that takes Basic, too, %s, is told where credentials are put', async (_what, headers) => {
    const reply = `${['HTTP/1.1 407 No', ...headers].join('\r\n')}\r\n\r\n`;
    const proxy = await proxyThat([{ send: reply }, { hold: true }], secure);
    const failure = await expectFailure(proxy, { code: 'PROXY_AUTHENTICATION_REQUIRED' });
    expect(failure.message).toContain('did not accept the credentials: put user:password@');
  });

  test('that answers badly after interim answers is told by its last one', async () => {
    const reply = 'HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 403 Forbidden\r\nC: d\r\n\r\n';
    const proxy = await proxyThat([{ sendEach: reply }, { hold: true }], secure);
    const proxyResponse = { statusLine: 'HTTP/1.1 403 Forbidden', headers: ['C: d'] };
    await expectFailure(proxy, { code: 'PROXY_REFUSED', proxyResponse });
  });

  test.each<[string, Step[], string | RegExp]>([
    ['closes', [{ end: true }], 'PROXY_CLOSED'],
    [
      'closes in the middle of its answer',
      [{ send: 'HTTP/1.1 200 OK\r\nA: b\r\n' }, { end: true }],
      'PROXY_CLOSED',
    ],
    ['breaks off', [{ destroy: true }], 'PROXY_CLOSED'],
    // A reset under TLS may show as a close.
    ['resets', [{ reset: true }], /^(ECONNRESET|PROXY_CLOSED)$/],
    ['speaks another protocol', [{ send: 'SSH-2.0-OpenSSH_9.6\r\n' }, { hold: true }], 'PROXY_GARBAGE'],
    ['speaks TLS', [{ send: Buffer.from('15030100020228', 'hex') }, { hold: true }], 'PROXY_GARBAGE'],
    ['sends zeros', [{ send: new Uint8Array(1000) }, { hold: true }], 'PROXY_GARBAGE'],
    ['speaks HTTP/2', [{ send: 'HTTP/2 200\r\n\r\n' }, { hold: true }], 'PROXY_GARBAGE'],
    [
      'has no colon in a field',
      [{ send: 'HTTP/1.1 200 OK\r\nwhat\r\n\r\n' }, { hold: true }],
      'PROXY_GARBAGE',
    ],
    ['sends a line without end', [{ send: 'HTTP/1.1 200 ' }, { sendForever: 'x' }], 'PROXY_GARBAGE'],
    [
      'sends fields without end',
      [{ send: 'HTTP/1.1 200 OK\r\n' }, { sendForever: 'A: b\r\n' }],
      'PROXY_GARBAGE',
    ],
    ['sends interim answers without end', [{ sendForever: 'HTTP/1.1 100 \r\n\r\n' }], 'PROXY_GARBAGE'],
  ])('that %s: CANT_CONNECT', async (_what, steps, code) => {
    const failure = await expectFailure(await proxyThat(steps, secure), {
      code: expect.stringMatching(code),
    });
    expect(failure.message).toMatch(
      failure.code === 'ECONNRESET' ? 'reset the connection' : /is it an HTTP proxy\?/,
    );
    if (failure.code === 'PROXY_CLOSED') expect(failure.message).toContain('put https://');
  });

  test('that never answers: CONNECT_TIMEOUT, and its connection is closed', async () => {
    const proxy = await proxyThat([{ hold: true }], secure);
    await expectFailure(proxy, { code: 'CONNECT_TIMEOUT' }, 2000);
  });

  test('that never ends its answer: CONNECT_TIMEOUT', async () => {
    const proxy = await proxyThat([{ send: 'HTTP/1.1 200 OK\r\nA: b' }, { hold: true }], secure);
    await expectFailure(proxy, { code: 'CONNECT_TIMEOUT' }, 2000);
  });

  test('that sends more than `limits` allow: PROXY_GARBAGE', async () => {
    for (const [limits, fields] of [
      [{ headSize: 256 }, `A: ${'b'.repeat(300)}\r\n`],
      [{ headFields: 3 }, 'A: b\r\n'.repeat(4)],
    ] as const) {
      const send = `HTTP/1.1 200 OK\r\n${fields}\r\n`;
      const proxy = await proxyThat([{ send }, { hold: true }], secure);
      const http = proxied(proxy, { scheme: secure ? 'https' : 'http' }, { limits, proxyTLS: trusted });
      http.connectToHost('127.0.0.1', target.port, trusted);
      expect(await failed(http)).toMatchObject({ ...OF_PROXY, code: 'PROXY_GARBAGE' });
    }
  });

  test('whose answer has no end is not listened to for ever', async () => {
    const pool = new WorkerPool({ threads: 1 });
    onTestFinished(() => pool.close());
    const proxy = await proxyThat([{ send: 'HTTP/1.1 200 ' }, { sendForever: 'x' }], secure);
    const http = proxied(proxy, { scheme: secure ? 'https' : 'http' }, { pool, proxyTLS: trusted });
    http.connectToHost('127.0.0.1', target.port, trusted);
    expect((await failed(http)).status).toBe(Status.CANT_CONNECT);
    expect((await pool.stats()).bytesRead).toBeLessThan(8 * 65_536);
  });

  test('that asks for credentials, and that forbids the port, as real ones do', async () => {
    const credentials = { username: 'me', password: 's3cret' };
    const proxy = await shared.proxy({ tls: secure, credentials, forbiddenPorts: [target.port] });
    const scheme = secure ? 'https' : 'http';
    for (const [login, code, status] of [
      ['', 'PROXY_AUTHENTICATION_REQUIRED', 407],
      ['me:n0pe@', 'PROXY_AUTHENTICATION_REQUIRED', 407],
      ['me:s3cret@', 'PROXY_REFUSED', 403],
    ] as const) {
      const http = proxied(proxy, { scheme, login }, { proxyTLS: trusted });
      http.connectToHost('127.0.0.1', target.port, trusted);
      const { message, proxyResponse, ...failure } = await failed(http);
      expect(failure).toEqual({ ...OF_PROXY, code });
      expect(proxyResponse?.statusLine).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const asks = proxyResponse?.headers.some((field) => /^proxy-authenticate: basic/i.test(field));
      expect(asks).toBe(status === 407);
      expect(message).not.toMatch(/s3cret|n0pe/);
      const what = login ? 'did not accept the credentials' : 'wants credentials';
      const wanted = `the proxy ${what}: put user:password@ in front of the proxy's host (`;
      if (status === 407) expect(message).toContain(wanted);
    }
    expect(proxy.counts.tunnels).toBe(0);
  });

  test('that is waited for can be left: close() ends the connection at once', async () => {
    const proxy = await proxyThat([{ hold: true }], secure);
    const http = through(proxy);
    http.connectToHost('127.0.0.1', target.port, trusted);
    await pollUntil(http, 'the request at the proxy', () => proxy.counts.requests === 1);
    expect(http.getStatus()).toBe(Status.CONNECTING);
    http.close();
    expect([http.getStatus(), http.poll()]).toEqual([Status.DISCONNECTED, ErrorCode.ERR_UNCONFIGURED]);
    await left(proxy);
  });

  test('ends the wait of blocking mode when it refuses', async () => {
    const proxy = await proxyThat([{ send: 'HTTP/1.1 403 No\r\n\r\n' }], secure);
    const http = through(proxy);
    http.blockingModeEnabled = true;
    http.connectToHost('127.0.0.1', target.port, trusted);
    expect([http.poll(), http.getStatus()]).toEqual([CANT_CONNECT.error, CANT_CONNECT.status]);
    expect(http.getLastError()?.code).toBe('PROXY_REFUSED');
  });
});

describe('a proxy for targets with TLS that is not there', () => {
  test('a port that nobody listens at, a name that is unknown', async () => {
    for (const [address, expected] of [
      [
        { host: '127.0.0.1', port: await shared.refusedPort() },
        { ...CANT_CONNECT, phase: 'connect', code: 'ECONNREFUSED' },
      ],
      [
        { host: UNKNOWN_NAME, port: 8080 },
        {
          status: Status.CANT_RESOLVE,
          error: ErrorCode.ERR_CANT_RESOLVE,
          phase: 'resolve',
          code: 'ENOTFOUND',
        },
      ],
    ] as const) {
      const http = proxied(address, SECRET);
      http.connectToHost('127.0.0.1', target.port, trusted);
      const failure = await failed(http);
      expect(failure).toMatchObject(expected);
      expect(failure.message).toContain(address.host);
      expect(failure.message).toMatch(/proxy/i);
      expect(JSON.stringify(failure)).not.toMatch(SECRETS);
    }
  });

  test.each<[string, (cert: string) => HTTPClientOptions, string]>([
    ['unknown to Node', () => ({}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'of another name',
      (cert) => ({ proxyTLS: TLSOptions.client(cert, 'elsewhere.test') }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])('a certificate %s: TLS_HANDSHAKE_ERROR', async (_what, optionsFor, code) => {
    const options = optionsFor((await shared.authority()).cert);
    const proxy = await shared.proxy({ tls: true });
    const http = proxied(proxy, { scheme: 'https', ...SECRET }, options);
    http.connectToHost('127.0.0.1', target.port, trusted);
    const failure = await failed(http);
    const status = Status.TLS_HANDSHAKE_ERROR;
    expect(failure).toMatchObject({ status, error: ErrorCode.ERR_CANT_CONNECT, phase: 'tls', code });
    expect(failure.message).toContain(`${proxy.host}:${proxy.port}`);
    expect(JSON.stringify(failure)).not.toMatch(SECRETS);
    expect([http.poll(), proxy.counts.requests]).toEqual([ErrorCode.ERR_CONNECTION_ERROR, 0]);
  });

  test('a proxy without TLS that is spoken to with TLS: TLS_HANDSHAKE_ERROR', async () => {
    const proxy = await shared.proxy();
    const http = proxied(proxy, { scheme: 'https', ...SECRET });
    http.connectToHost('127.0.0.1', target.port, trusted);
    const failure = await failed(http);
    expect(failure).toMatchObject({ status: Status.TLS_HANDSHAKE_ERROR, phase: 'tls' });
    expect(failure.message).toContain(`${proxy.host}:${proxy.port}`);
  });
});
