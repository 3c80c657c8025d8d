/** What must hold through any HTTP proxy: `npm test` runs it with the fixture's, `npm run test:real` with others. */
import { createHash } from 'node:crypto';
import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, get, inspect, pollUntil, settled } from '../support/client.ts';
import { checkPattern, fillPattern } from '../support/pattern.mjs';
import type { Credentials } from '../support/protocol.ts';
import { type Address, type Servers, startServers, type TestServer } from '../support/servers.ts';

const LARGE = 50_000_000;

export interface ProxyNeeds {
  /** Without them it answers 407. */
  readonly credentials?: Credentials;
  /** Where CONNECT must work, */
  readonly allowedPorts: readonly number[];
  /** and where it must be refused. */
  readonly forbiddenPort: number;
  /** It is reached over TLS, with a certificate of `servers.authority()`. */
  readonly tls?: boolean;
}

export interface RunningProxy extends Address {
  /** Resolves when it is known to have been asked for this: `GET http://target/path` or `CONNECT target:443`. */
  asked(request: string): Promise<void>;
}

export interface ProxyKind {
  /** Starts one that lives as long as `servers`, or ends when the file is done. */
  start(needs: ProxyNeeds, servers: Servers): Promise<RunningProxy>;
  /** Such as it can be told; the default ones have all that must be encoded in a URL. */
  readonly credentials?: Credentials;
  /** 407 unless told. */
  readonly toWrongCredentials?: number;
  /** After an answer without TLS another request may follow. */
  readonly keepsAlive: boolean;
  /** A tunnel to where nobody listens is refused with an answer, and not by closing. */
  readonly answersForDeadPorts: boolean;
  readonly overTLS: boolean;
}

const CREDENTIALS: Credentials = { username: 'the gamer', password: 'p@ss:w/%rd' };

interface Lab {
  servers: Servers;
  origin: TestServer;
  secure: TestServer;
  secure6: TestServer;
  forbidden: TestServer;
  refusedPort: number;
  trusted: TLSOptions;
  open: RunningProxy;
  locked: RunningProxy;
  overTLS: RunningProxy | null;
}

async function makeLab(kind: ProxyKind): Promise<Lab> {
  const servers = await startServers();
  const [origin, secure, secure6, forbidden, refusedPort] = await Promise.all([
    servers.http(),
    servers.https(),
    servers.https({ host: '::1' }),
    servers.https(),
    servers.refusedPort(),
  ]);
  const allowedPorts = [secure.port, secure6.port, refusedPort];
  const needs = { allowedPorts, forbiddenPort: forbidden.port };
  const [open, locked, overTLS] = await Promise.all([
    kind.start(needs, servers),
    kind.start({ ...needs, credentials: kind.credentials ?? CREDENTIALS }, servers),
    kind.overTLS ? kind.start({ ...needs, tls: true }, servers) : null,
  ]);
  const trusted = TLSOptions.client((await servers.authority()).cert);
  return { servers, origin, secure, secure6, forbidden, refusedPort, trusted, open, locked, overTLS };
}

export function proxyCases(kind: ProxyKind): void {
  let lab: Lab;
  beforeAll(async () => {
    lab = await makeLab(kind);
  });
  afterAll(() => lab?.servers.close());

  /** A client of `proxy`, which is written with `prefix` before its address. */
  function clientOf(proxy: RunningProxy, options: HTTPClientOptions = {}, prefix = ''): HTTPClient {
    const http = new HTTPClient(options);
    http.setHttpProxy(prefix + proxy.host, proxy.port);
    http.setHttpsProxy(prefix + proxy.host, proxy.port);
    return http;
  }

  async function connect(http: HTTPClient, { host, port }: Address, tls = false): Promise<void> {
    expect(http.connectToHost(host, port, tls ? lab.trusted : null)).toBe(ErrorCode.OK);
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  }

  async function expectPattern(http: HTTPClient, path: string, length: number): Promise<void> {
    const { code, body } = await get(http, path);
    expect([code, body.length]).toEqual([200, length]);
    checkPattern(body);
  }

  /** The poll that finds out says ERR_CANT_CONNECT, and so do all that follow. */
  async function expectRefused(http: HTTPClient, code: string, statusLine: RegExp | null): Promise<void> {
    expect(await settled(http)).toBe(Status.CANT_CONNECT);
    const failure = http.getLastError();
    expect(failure).toMatchObject({ phase: 'proxy', code });
    if (statusLine) expect(failure?.proxyResponse?.statusLine).toMatch(statusLine);
    else expect(failure).not.toHaveProperty('proxyResponse');
    expect(http.poll()).toBe(ErrorCode.ERR_CANT_CONNECT);
  }

  describe('a request without TLS', () => {
    test('goes to the proxy, with its whole address', async () => {
      const { open, origin } = lab;
      const http = clientOf(open);
      await connect(http, origin);
      await expectPattern(http, '/bytes/100000', 100_000);
      await open.asked(`GET ${origin.url('/bytes/100000')}`);
    });

    test('brings its body and its Host', async () => {
      const { open, origin } = lab;
      const http = clientOf(open);
      await connect(http, origin);
      const seen = await inspect(http, Method.POST, ['X-Own: kept'], new Uint8Array(300_000));
      expect(seen).toMatchObject({ method: 'POST', url: '/inspect', bodyLength: 300_000 });
      expect(seen.rawHeaders).toContain(`127.0.0.1:${origin.port}`);
      expect(seen.rawHeaders).toContain('kept');
    });

    test.each([
      { path: '/chunked/100000', length: 100_000 },
      { path: '/close/100000', length: 100_000 },
      { path: '/bytes/100000', method: Method.HEAD, length: 0 },
      { path: '/status/204', code: 204, length: 0 },
      { path: '/status/304', code: 304, length: 0 },
      { path: '/status/103', length: 'status 103\n'.length },
      { path: '/nothing', code: 404 },
    ])('is answered: $path', async ({ path, method = Method.GET, code = 200, length }) => {
      const http = clientOf(lab.open);
      await connect(http, lab.origin);
      const answer = await exchange(http, method, path);
      expect(answer.code).toBe(code);
      expect([Status.CONNECTED, Status.DISCONNECTED]).toContain(answer.status);
      expect(http.getLastError()).toBeNull();
      if (length !== undefined) expect(answer.body.length).toBe(length);
      if (length === 100_000) checkPattern(answer.body);
    });

    if (kind.keepsAlive) test('may follow another', follow);
    else test('is the last of its connection, which the proxy may not tell', endTheirConnections);

    async function follow(): Promise<void> {
      const http = clientOf(lab.open);
      await connect(http, lab.origin);
      for (let round = 0; round < 4; round++) {
        const { code, status } = await get(http, '/bytes/100');
        expect([code, status]).toEqual([200, Status.CONNECTED]);
      }
    }

    async function endTheirConnections(): Promise<void> {
      const http = clientOf(lab.open);
      for (let round = 0; round < 4; round++) {
        await connect(http, lab.origin);
        expect(await get(http, '/bytes/100')).toMatchObject({ code: 200 });
        await pollUntil(http, 'the close', () => http.getStatus() !== Status.CONNECTED);
        if (http.getStatus() !== Status.DISCONNECTED) expect(http.getLastError()?.phase).toBe('idle');
      }
    }

    test('to a port at which nobody listens is answered by the proxy', async () => {
      const http = clientOf(lab.open);
      await connect(http, { host: '127.0.0.1', port: lab.refusedPort });
      const { code } = await get(http, '/');
      expect(code).toBeGreaterThanOrEqual(500);
      expect(http.getLastError()).toBeNull();
    });
  });

  describe('a tunnel', () => {
    test('carries requests one after the other', async () => {
      const { open, secure } = lab;
      const http = clientOf(open);
      await connect(http, secure, true);
      await expectPattern(http, '/bytes/100000', 100_000);
      const seen = await inspect(http, Method.POST, [], 'hello');
      expect(seen).toMatchObject({ url: '/inspect', bodyLength: 5 });
      expect(seen.rawHeaders.join()).not.toMatch(/proxy/i);
      expect(http.getStatus()).toBe(Status.CONNECTED);
      http.close();
      await open.asked(`CONNECT 127.0.0.1:${secure.port}`);
    });

    test('leads to a name that the proxy looks up, or to an address of IPv6', async () => {
      const { open, secure, secure6 } = lab;
      const http = clientOf(open);
      await connect(http, { host: 'localhost', port: secure.port }, true);
      await expectPattern(http, '/bytes/100', 100);
      await connect(http, secure6, true);
      await expectPattern(http, '/bytes/100', 100);
      http.close();
      await open.asked(`CONNECT localhost:${secure.port}`);
      await open.asked(`CONNECT [::1]:${secure6.port}`);
    });

    test('carries 50 MB each way', async () => {
      const http = clientOf(lab.open);
      await connect(http, lab.secure, true);
      await expectPattern(http, `/bytes/${LARGE}`, LARGE);
      const sent = fillPattern(new Uint8Array(LARGE));
      expect(await inspect(http, Method.PUT, [], sent)).toMatchObject({
        bodyLength: LARGE,
        bodySha256: createHash('sha256').update(sent).digest('hex'),
      });
    });

    test('does not hide who is at its end', async () => {
      const http = clientOf(lab.open);
      http.connectToHost('https://127.0.0.1', lab.secure.port);
      expect(await settled(http)).toBe(Status.TLS_HANDSHAKE_ERROR);
      expect(http.getLastError()).toMatchObject({ phase: 'tls', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    });

    test('to a port that the proxy forbids is refused, and another one may be asked for', async () => {
      const { open, forbidden, secure, trusted } = lab;
      const http = clientOf(open);
      http.connectToHost(forbidden.host, forbidden.port, trusted);
      await expectRefused(http, 'PROXY_REFUSED', / 403 /);
      expect(forbidden.counts.connections).toBe(0);
      await connect(http, secure, true);
      await expectPattern(http, '/bytes/100', 100);
    });

    test('to a port at which nobody listens is refused', async () => {
      const http = clientOf(lab.open);
      http.connectToHost('127.0.0.1', lab.refusedPort, lab.trusted);
      if (kind.answersForDeadPorts) await expectRefused(http, 'PROXY_REFUSED', / 5\d\d /);
      else await expectRefused(http, 'PROXY_CLOSED', null);
    });
  });

  describe('credentials', () => {
    const right = kind.credentials ?? CREDENTIALS;
    const wrong = { ...right, password: 'guessed' };
    const inURL = ({ username, password }: Credentials) =>
      `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
    const { toWrongCredentials = 407 } = kind;

    const RIGHT: readonly (readonly [string, HTTPClientOptions, string])[] = [
      ['in the host', {}, inURL(right)],
      ['in the host, before others', { proxyCredentials: wrong }, inURL(right)],
      ['as an option', { proxyCredentials: right }, ''],
    ];
    test.each(RIGHT)('that are right, %s, open the proxy', async (_where, options, prefix) => {
      const { locked, origin, secure } = lab;
      const http = clientOf(locked, options, prefix);
      await connect(http, origin);
      await expectPattern(http, '/bytes/100', 100);
      if (!kind.keepsAlive) await connect(http, origin);
      expect((await inspect(http, Method.GET)).rawHeaders.join()).not.toMatch(/proxy-auth/i);
      await connect(http, secure, true);
      await expectPattern(http, '/bytes/100', 100);
    });

    const WRONG: readonly (readonly [string, number, HTTPClientOptions])[] = [
      ['missing', 407, {}],
      ['wrong', toWrongCredentials, { proxyCredentials: wrong }],
    ];
    test.each(WRONG)('that are %s do not: %i', async (_what, code, options) => {
      const { locked, origin, secure, trusted } = lab;
      const http = clientOf(locked, options);
      await connect(http, origin);
      expect(await get(http, '/bytes/100')).toMatchObject({ code });
      expect(http.getLastError()).toBeNull();
      http.connectToHost(secure.host, secure.port, trusted);
      const name = code === 407 ? 'PROXY_AUTHENTICATION_REQUIRED' : 'PROXY_REFUSED';
      await expectRefused(http, name, new RegExp(` ${code} `));
      const failure = http.getLastError();
      expect(failure?.proxyResponse?.headers.join('\n')).toMatch(/^(Proxy|WWW)-Authenticate: Basic /im);
      expect(failure?.message).not.toContain(wrong.password);
    });
  });

  if (kind.overTLS)
    describe('a proxy over TLS', () => {
      test('is verified, and passes requests and tunnels', async () => {
        const { overTLS, origin, secure, trusted } = lab;
        if (!overTLS) throw new Error('no proxy over TLS');
        const http = clientOf(overTLS, { proxyTLS: trusted }, 'https://');
        await connect(http, origin);
        await expectPattern(http, '/bytes/100000', 100_000);
        await connect(http, secure, true);
        await expectPattern(http, '/bytes/1000000', 1_000_000);
        http.close();
        await overTLS.asked(`CONNECT 127.0.0.1:${secure.port}`);
      });

      test('that is not trusted is not used', async () => {
        const { overTLS, secure, trusted } = lab;
        if (!overTLS) throw new Error('no proxy over TLS');
        const http = clientOf(overTLS, {}, 'https://');
        http.connectToHost(secure.host, secure.port, trusted);
        expect(await settled(http)).toBe(Status.TLS_HANDSHAKE_ERROR);
        expect(http.getLastError()?.message).toContain(`127.0.0.1:${overTLS.port}`);
      });
    });
}
