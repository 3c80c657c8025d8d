import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { exchange, get, inspect, settled, text, UNKNOWN_NAME } from '../../../support/client.ts';
import { checkPattern, fillPattern } from '../../../support/pattern.mjs';
import type { SocksRefusal } from '../../../support/protocol.ts';
import { failed, type Journey, left, proxied, travel, type Way } from '../../../support/proxied.ts';
import {
  type Script,
  type Servers,
  type Step,
  startServers,
  type TestServer,
  test,
} from '../../../support/servers.ts';

const HOSTS = { 'target.test': '127.0.0.1' };
const SOCKS: Way = { scheme: 'socks5' };
const OF_PROXY = { status: Status.CANT_CONNECT, error: ErrorCode.ERR_CANT_CONNECT, phase: 'proxy' };

let shared: Servers;
let plain: TestServer;
let secure: TestServer;
let trusted: TLSOptions;
beforeAll(async () => {
  shared = await startServers();
  const authority = await shared.authority();
  trusted = TLSOptions.client(authority.cert);
  plain = await shared.http();
  const tls = await authority.issue({ dnsNames: ['target.test'], ipAddresses: ['127.0.0.1'] });
  secure = await shared.https({ tls });
});
afterAll(() => shared.close());

async function expectConnected(http: HTTPClient, host: string, port: number, tls = false): Promise<void> {
  expect(http.connectToHost(host, port, tls ? trusted : null)).toBe(ErrorCode.OK);
  expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
}

describe.each([
  ['a plain target', false],
  ['a target with TLS', true],
])('%s through a SOCKS5 proxy', (_kind, tls) => {
  const target = () => (tls ? secure : plain);

  test.each(['socks', 'socks5', 'socks5h', 'SOCKS5'])(
    '%s: the proxy is given the name, and relays',
    async (scheme) => {
      const server = target();
      const proxy = await shared.socks({ hosts: HOSTS });
      const http = new HTTPClient();
      for (const set of ['setHttpProxy', 'setHttpsProxy'] as const)
        http[set](`${scheme}://127.0.0.1`, proxy.port);
      await expectConnected(http, 'target.test', server.port, tls);
      expect((await proxy.connected()).asked).toEqual([['name', 'target.test', `${server.port}`]]);
      const { body } = await get(http, '/bytes/3000000');
      expect(body).toHaveLength(3_000_000);
      checkPattern(body);
      const sent = fillPattern(new Uint8Array(1_000_000));
      const echo = await exchange(http, Method.POST, '/echo', [], sent);
      expect(echo.body).toHaveLength(sent.length);
      checkPattern(echo.body);
      // The server itself is spoken to: no absolute form, and nothing that is for the proxy.
      const { url, rawHeaders } = await inspect(http, Method.GET);
      expect(url).toBe('/inspect');
      expect(rawHeaders.slice(0, 2)).toEqual(['Host', `target.test:${server.port}`]);
      expect(rawHeaders.join()).not.toMatch(/proxy/i);
      expect(proxy.counts).toMatchObject({ connections: 1, requests: 1, tunnels: 1 });
    },
  );

  test.each([
    ['127.0.0.1', '127.0.0.1', 'IPv4', '127.0.0.1'],
    ['::1', '::1', 'IPv6', '0000:0000:0000:0000:0000:0000:0000:0001'],
    ['::1', '[::1]', 'IPv6', '0000:0000:0000:0000:0000:0000:0000:0001'],
    // Another way to write an address is a name to us.
    ['127.0.0.1', 'localhost', 'name', 'localhost'],
  ])('at %s is given %s as %s', async (at, host, type, told) => {
    const server = await (tls ? shared.https({ host: at }) : shared.http({ host: at }));
    const proxy = await shared.socks({ host: at });
    const http = proxied(proxy, SOCKS);
    await expectConnected(http, host, server.port, tls);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
    expect((await proxy.connected()).asked).toEqual([[type, told, `${server.port}`]]);
  });

  test.each<[string, Way, HTTPClientOptions]>([
    ['of the host', { ...SOCKS, login: 'me:p%C3%A4ss%3Aword@' }, {}],
    ['of the options', SOCKS, { proxyCredentials: { username: 'me', password: 'päss:word' } }],
  ])('with the credentials %s', async (_what, way, options) => {
    const credentials = { username: 'me', password: 'päss:word' };
    const proxy = await shared.socks({ hosts: HOSTS, credentials });
    const http = proxied(proxy, way, options);
    await expectConnected(http, 'target.test', target().port, tls);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
  });

  test('with credentials that the proxy does not want', async () => {
    const proxy = await shared.socks({ hosts: HOSTS });
    await expectConnected(
      proxied(proxy, { ...SOCKS, login: 'me:s3cret@' }),
      'target.test',
      target().port,
      tls,
    );
    expect(text((await proxy.connected()).received)).not.toContain('s3cret');
  });

  test('in blocking mode', async () => {
    const proxy = await shared.socks({ hosts: HOSTS });
    const http = proxied(proxy, SOCKS);
    http.blockingModeEnabled = true;
    http.connectToHost('target.test', target().port, tls ? trusted : null);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTED]);
    http.request(Method.GET, '/bytes/1000', []);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.BODY]);
    expect(http.readResponseBodyChunk()).toHaveLength(1000);
  });

  test('looks nothing up but the name of the proxy', async () => {
    const proxy = await shared.socks({ hosts: HOSTS });
    const { cert } = await shared.authority();
    const there: [string, number] = ['target.test', target().port];
    for (const [host, lookups] of [
      ['proxy.test', ['proxy.test']],
      ['127.0.0.1', []],
    ] as const) {
      const journey: Journey = { proxy: [`socks5://${host}`, proxy.port], target: there };
      const { status, ...rest } = await travel(tls ? { ...journey, ca: cert } : journey);
      expect([status, rest]).toEqual([Status.CONNECTED, { code: null, lookups }]);
    }
  });

  test.each<[string, number[]]>([
    ['an address of IPv4', [1, 127, 0, 0, 1]],
    ['an address of IPv6', [4, ...Array(16).fill(0)]],
    ['a name', [3, 9, ...Buffer.from('localhost')]],
    ['an empty name', [3, 0]],
  ])('after a reply with %s, whole or byte by byte', async (_what, bound) => {
    const { host, port } = target();
    const reply = Uint8Array.from([5, 0, 0, ...bound, 1, 2]);
    const ways: Step[] = [{ send: reply }, { sendEach: reply }];
    const proxy = await shared.raw(
      ways.map((step) => [...GREETED, REQUEST, step, { tunnelTo: { host, port } }]),
    );
    for (const _ of ways) {
      const http = proxied(proxy, SOCKS);
      await expectConnected(http, '127.0.0.1', port, tls);
      expect((await get(http, '/bytes/1000')).body).toHaveLength(1000);
    }
  });
});

/** The greeting of a client without credentials, and that none are needed. */
const GREETED: Script = [{ expectBytes: 3 }, { send: Uint8Array.of(5, 0) }];
/** For 127.0.0.1. */
const REQUEST: Step = { expectBytes: 10 };
const GRANTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

test('what is sent is RFC 1928, to the byte', async () => {
  const proxy = await shared.raw([...GREETED, REQUEST, { send: Uint8Array.from(GRANTED) }, { hold: true }]);
  await expectConnected(proxied(proxy, SOCKS), '127.0.0.1', 0x1234);
  const sent = [5, 1, 0, ...[5, 1, 0, 1, 127, 0, 0, 1, 0x12, 0x34]];
  expect([...(await proxy.connected()).received]).toEqual(sent);
});

describe('bytes behind the reply are those of the target', () => {
  const server = (bytes: Uint8Array) =>
    shared.raw([
      ...GREETED,
      REQUEST,
      { send: Buffer.concat([Uint8Array.from(GRANTED), bytes]) },
      { hold: true },
    ]);

  test('which nobody has asked for', async () => {
    const http = proxied(await server(Buffer.from('HTTP/1.1 200 OK\r\n\r\n')), SOCKS);
    http.connectToHost('127.0.0.1', 80);
    expect(await failed(http)).toMatchObject({
      status: Status.CONNECTION_ERROR,
      phase: 'idle',
      code: 'UNSOLICITED_DATA',
    });
  });

  test('an alert of TLS', async () => {
    const http = proxied(await server(Buffer.from('15030300020228', 'hex')), SOCKS);
    http.connectToHost('127.0.0.1', 443, trusted);
    expect(await failed(http)).toMatchObject({
      status: Status.TLS_HANDSHAKE_ERROR,
      phase: 'tls',
      code: expect.stringContaining('ALERT_HANDSHAKE_FAILURE'),
    });
  });
});

test('the target is verified by its own name', async () => {
  const proxy = await shared.socks({ hosts: HOSTS });
  const { cert } = await shared.authority();
  const http = proxied(proxy, SOCKS);
  http.connectToHost('localhost', secure.port, TLSOptions.client(cert));
  const failure = await failed(http);
  expect(failure).toMatchObject({
    status: Status.TLS_HANDSHAKE_ERROR,
    phase: 'tls',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(failure.message).toContain(`localhost:${secure.port}`);
});

describe('a SOCKS5 proxy that does not connect: CANT_CONNECT', () => {
  const SECRET: Way = { ...SOCKS, login: 'me:s3cret@' };

  async function expectFailure(proxy: TestServer, way: Way, code: RegExp, connect = 60_000) {
    const http = proxied(proxy, way, { timeouts: { connect } });
    http.connectToHost('127.0.0.1', plain.port);
    const failure = await failed(http);
    expect(failure).toMatchObject({ ...OF_PROXY, code: expect.stringMatching(code) });
    expect(failure.message).toContain(`${proxy.host}:${proxy.port}`);
    expect(JSON.stringify(failure)).not.toMatch(/s3cret|undefined/);
    expect(http.poll()).toBe(ErrorCode.ERR_CANT_CONNECT);
    await left(proxy);
    http.setTimeouts({ connect: 60_000 });
    http.setHttpProxy('', -1);
    await expectConnected(http, plain.host, plain.port);
    return failure;
  }

  test.each<SocksRefusal>([
    'GENERAL_FAILURE',
    'CONNECTION_NOT_ALLOWED',
    'NETWORK_UNREACHABLE',
    'HOST_UNREACHABLE',
    'CONNECTION_REFUSED',
    'TTL_EXPIRED',
    'COMMAND_NOT_SUPPORTED',
    'ADDRESS_TYPE_NOT_SUPPORTED',
  ])('%s', async (refusal) => {
    const proxy = await shared.socks({ refusal });
    const { message } = await expectFailure(proxy, SOCKS, /^PROXY_REFUSED$/);
    // In words, one of which is the code's own.
    expect(message).toMatch(new RegExp(refusal.split('_').join('|'), 'i'));
  });

  test('it reaches nobody at the port', async () => {
    const proxy = await shared.socks();
    const http = proxied(proxy, SOCKS);
    http.connectToHost('127.0.0.1', await shared.refusedPort());
    expect(await failed(http)).toMatchObject({ ...OF_PROXY, code: 'PROXY_REFUSED' });
  });

  test.each<[string, Way, string]>([
    ['none', SOCKS, 'wants credentials'],
    ['wrong ones', SECRET, 'did not accept the credentials'],
  ])('it wants credentials, and gets %s', async (_what, way, what) => {
    const proxy = await shared.socks({ credentials: { username: 'me', password: 'other' } });
    const { message } = await expectFailure(proxy, way, /^PROXY_AUTHENTICATION_REQUIRED$/);
    expect(message).toContain(`the proxy ${what}: put user:password@ in front of the proxy's host (`);
    expect(proxy.counts.requests).toBe(0);
  });

  const bytes = (...all: number[]): Step => ({ send: Uint8Array.from(all) });
  const HOLD: Step = { hold: true };
  const END: Step = { end: true };

  test.each<[string, Script, RegExp]>([
    ['it speaks HTTP', [{ send: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, HOLD], /^PROXY_GARBAGE$/],
    ['it speaks SOCKS4', [{ expectBytes: 3 }, bytes(0, 0x5a, 0, 0, 0, 0, 0, 0), HOLD], /^PROXY_GARBAGE$/],
    ['it takes no method', [{ expectBytes: 3 }, bytes(5, 0xff), HOLD], /^PROXY_AUTHENTICATION_REQUIRED$/],
    [
      'it takes no method, and more comes with that',
      [{ expectBytes: 3 }, bytes(5, 0xff, 5, 9), HOLD],
      /^PROXY_AUTHENTICATION_REQUIRED$/,
    ],
    ['it answers with garbage', [...GREETED, REQUEST, { send: 'HTTP/1.1 200 OK' }, HOLD], /^PROXY_GARBAGE$/],
    [
      'it replies in another version',
      [...GREETED, REQUEST, bytes(4, 0, 0, 1, 0, 0), HOLD],
      /^PROXY_GARBAGE$/,
    ],
    [
      'it refuses in another version',
      [...GREETED, REQUEST, bytes(4, 9, 0, 1, 0, 0), HOLD],
      /^PROXY_GARBAGE$/,
    ],
    ['it closes at once', [END], /^PROXY_CLOSED$/],
    ['it closes after the greeting', [...GREETED, END], /^PROXY_CLOSED$/],
    ['it closes in its answer', [...GREETED, REQUEST, bytes(5, 0, 0, 1, 0), END], /^PROXY_CLOSED$/],
    ['it resets', [{ expectBytes: 3 }, { reset: true }], /^(ECONNRESET|PROXY_CLOSED)$/],
  ])('%s', async (_what, script, code) => {
    const { message } = await expectFailure(await shared.raw(script), SOCKS, code);
    if (message.includes('PROXY_CLOSED')) expect(message).toContain('(is it a SOCKS5 proxy?)');
    expect(message).not.toMatch(/\)\) \(|\([^)]*\(/);
  });

  /** What a client with credentials gets to its greeting, and to `me:s3cret`. */
  const LOGGED_IN: Script = [{ expectBytes: 4 }, bytes(5, 2), { expectBytes: 11 }, bytes(1, 0)];

  test.each([1, 8, 9, 0x0a, 99, 0xf0, 0xff])(
    'its reply is %i: a refusal, which has that number',
    async (reply) => {
      const refusal = [5, reply, 0, 1, 0, 0, 0, 0, 0, 0];
      const number = `reply ${reply} (0x${reply.toString(16).padStart(2, '0')}) (PROXY_REFUSED)`;
      const ends: [Step, Step][] = [
        [bytes(...refusal), HOLD],
        [{ sendEach: Uint8Array.from(refusal) }, END],
        [bytes(...refusal.slice(0, 4)), END],
        [bytes(...refusal.slice(0, 2)), HOLD],
      ];
      for (const end of ends) {
        const plain = await shared.raw([...GREETED, REQUEST, ...end]);
        expect((await expectFailure(plain, SOCKS, /^PROXY_REFUSED$/)).message).toContain(number);
        const knowing = await shared.raw([...LOGGED_IN, REQUEST, ...end]);
        expect((await expectFailure(knowing, SECRET, /^PROXY_REFUSED$/)).message).toContain(number);
      }
    },
  );

  test.each<[string, number[], string]>([
    ['takes no method of those', [5, 0xff], 'a login other than user and password'],
    ['chooses one that it was not given', [5, 1], 'a kind of login that was not offered to it'],
  ])('it was given credentials, and %s', async (_what, answer, what) => {
    const proxy = await shared.raw([{ expectBytes: 4 }, bytes(...answer), HOLD]);
    const { message } = await expectFailure(proxy, SECRET, /^PROXY_AUTHENTICATION_REQUIRED$/);
    expect(message).toContain(`the proxy wants ${what}`);
  });

  test.each<[string, Script]>([
    ['nothing', [HOLD]],
    ['that it wants what was not offered', [{ expectBytes: 3 }, bytes(5, 2), HOLD]],
    ['the greeting', [...GREETED, HOLD]],
    ['a part of its answer', [...GREETED, REQUEST, bytes(5, 0), HOLD]],
  ])('it says %s, and no more', async (_what, script) => {
    await expectFailure(await shared.raw(script), SOCKS, /^CONNECT_TIMEOUT$/, 2000);
  });

  test('a port that nobody listens at, a name that is unknown', async () => {
    const port = await shared.refusedPort();
    const refused = proxied({ host: '127.0.0.1', port }, SECRET);
    refused.connectToHost('127.0.0.1', plain.port);
    const failure = await failed(refused);
    expect(failure).toMatchObject({ ...OF_PROXY, phase: 'connect', code: 'ECONNREFUSED' });
    expect(failure.message).toContain(`127.0.0.1:${port}`);
    const unknown = proxied({ host: UNKNOWN_NAME, port }, SECRET);
    unknown.connectToHost('127.0.0.1', plain.port);
    const reason = await failed(unknown);
    expect(reason).toMatchObject({ status: Status.CANT_RESOLVE, phase: 'resolve', code: 'ENOTFOUND' });
    expect(failure.message + reason.message).not.toContain('s3cret');
  });

  test.each([
    ['a user', 'é'.repeat(128), 's3cret', '127.0.0.1'],
    ['a password', 'me', 's3cret'.repeat(43), '127.0.0.1'],
    ['a host', 'me', 's3cret', `${'a'.repeat(50)}.`.repeat(6)],
  ])(
    'what SOCKS cannot carry is refused, not cut: %s of more than 255 bytes',
    async (_, user, secret, host) => {
      const proxy = await shared.socks({ credentials: { username: 'me', password: 's3cret' } });
      const http = new HTTPClient();
      http.setHttpProxy(`socks5://${user}:${secret}@127.0.0.1`, proxy.port);
      http.connectToHost(host, plain.port);
      expect(await failed(http)).toMatchObject({ ...OF_PROXY, code: 'INVALID_PROXY' });
      expect(http.getLastError()?.message).toMatch(/255/);
      expect(http.getLastError()?.message).not.toContain('s3cret');
    },
  );
});
