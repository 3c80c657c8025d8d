import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { ErrorCode, HTTPClient, Method, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { parseServer, type Server } from '../../../../src/main/http-client/server.ts';
import { TLSOptions as SourceTLSOptions } from '../../../../src/main/options/tls-options.ts';
import type { TLSSettings } from '../../../../src/shared/settings.ts';
import type { Authority, KeyAndCertificate, LeafOptions } from '../../../support/certificates.mjs';
import { get, pollUntil, settled } from '../../../support/client.ts';
import { runScript } from '../../../support/run-script.ts';
import type { Script, TestServer } from '../../../support/servers.ts';
import { type Servers, startServers, test } from '../../../support/servers.ts';

const DAY = 24 * 60 * 60 * 1000;
const at = (days: number) => new Date(Date.now() + days * DAY);

let servers: Servers;
let ca: Authority;
let otherCA: Authority;
let makeSelfSigned: (options?: LeafOptions) => Promise<KeyAndCertificate>;
beforeAll(async () => {
  servers = await startServers();
  ca = await servers.authority();
  const certificates = await import('../../../support/certificates.mjs');
  makeSelfSigned = certificates.makeSelfSigned;
  otherCA = await certificates.makeAuthority({ commonName: 'another root' });
});
afterAll(() => servers.close());

/** Certificates by what is right or wrong with them, for a server at 127.0.0.1. */
const LEAVES = {
  good: () => ca.issue(),
  selfSigned: () => makeSelfSigned(),
  expired: () => ca.issue({ notBefore: at(-9), notAfter: at(-1) }),
  notYetValid: () => ca.issue({ notBefore: at(1), notAfter: at(9) }),
  otherName: () => ca.issue({ dnsNames: ['game.example', '*.wild.example'] }),
  otherAddress: () => ca.issue({ ipAddresses: ['127.0.0.2', '::1'] }),
} satisfies Record<string, () => Promise<KeyAndCertificate>>;

async function serverWith(leaf: keyof typeof LEAVES): Promise<TestServer> {
  return servers.https({ tls: await LEAVES[leaf]() });
}

async function expectConnected(http: HTTPClient): Promise<void> {
  expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  const { code, body } = await get(http, '/bytes/1000');
  expect([code, body.length]).toEqual([200, 1000]);
}

/** The poll that finds out says ERR_CANT_CONNECT, the later ones ERR_CONNECTION_ERROR, as in Godot. */
async function expectRefused(http: HTTPClient, code: string | RegExp): Promise<void> {
  const poll = vi.spyOn(http, 'poll');
  expect(await settled(http)).toBe(Status.TLS_HANDSHAKE_ERROR);
  expect(http.isFailed()).toBe(true);
  expect(poll).toHaveLastReturnedWith(ErrorCode.ERR_CANT_CONNECT);
  const failure = http.getLastError();
  expect(failure).toMatchObject({ phase: 'tls', code: expect.stringMatching(code) });
  for (let i = 0; i < 3; i++) expect(http.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
  expect([http.getStatus(), http.getLastError()]).toEqual([Status.TLS_HANDSHAKE_ERROR, failure]);
}

describe('connectToHost reads from host, port and tlsOptions where to go, and whether with TLS', () => {
  const tls = SourceTLSOptions.client('PEM');
  const verified: TLSSettings = {
    verify: true,
    trustedChain: null,
    commonNameOverride: '',
    certificate: null,
    key: null,
    pfx: null,
    passphrase: null,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    alpnProtocols: ['http/1.1'],
    serverName: '',
    pins: [],
    revocationLists: null,
    ciphers: null,
    ecdhCurve: null,
    secureOptions: 0,
    allowPartialTrustChain: false,
    roots: 'bundled',
  };
  const given = { ...verified, trustedChain: 'PEM' };

  const server = (host: string, port: number, tls: Server['tls'], isAddress: boolean): Server => {
    return { host, port, tls, isAddress, path: null };
  };

  test.each<[string, number, SourceTLSOptions | null, Server]>([
    ['example.com', -1, null, server('example.com', 80, null, false)],
    ['example.com', -1, tls, server('example.com', 443, given, false)],
    ['example.com', 8080, null, server('example.com', 8080, null, false)],
    ['example.com', -7, null, server('example.com', 80, null, false)],
    ['http://example.com', -1, null, server('example.com', 80, null, false)],
    ['http://example.com', -1, tls, server('example.com', 80, null, false)],
    ['HTTP://example.com', 443, tls, server('example.com', 443, null, false)],
    ['https://example.com', -1, null, server('example.com', 443, verified, false)],
    ['https://example.com', -1, tls, server('example.com', 443, given, false)],
    ['HtTpS://example.com', 80, null, server('example.com', 80, verified, false)],
    ['httpserver', -1, null, server('httpserver', 80, null, false)],
    ['a', -1, null, server('a', 80, null, false)],
    ['127.0.0.1', -1, null, server('127.0.0.1', 80, null, true)],
    ['https://10.0.0.1', -1, null, server('10.0.0.1', 443, verified, true)],
    ['1.2.3.4.example', -1, null, server('1.2.3.4.example', 80, null, false)],
    ['::1', -1, null, server('::1', 80, null, true)],
    ['[::1]', 8080, null, server('::1', 8080, null, true)],
    ['https://[2001:DB8::1]', -1, null, server('2001:DB8::1', 443, verified, true)],
    ['::ffff:127.0.0.1', -1, null, server('::ffff:127.0.0.1', 80, null, true)],
    ['fe80::1%eth0', -1, null, server('fe80::1%eth0', 80, null, true)],
  ])('%s, port %i, tlsOptions %j', (host, port, options, expected) => {
    expect(parseServer(host, port, options)).toEqual(expected);
  });
});

describe('TLSOptions.client', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['https://localhost', '127.0.0.1'],
    ['HTTPS://127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['https://[::1]', '::1'],
    ['https://[::1%1]', '::1'],
  ])('connects to %s, whose certificate an authority that it trusts has signed', async (host, listen) => {
    const server = await servers.https({ host: listen });
    const http = new HTTPClient();
    expect(http.connectToHost(host, server.port, TLSOptions.client(ca.cert))).toBe(ErrorCode.OK);
    await expectConnected(http);
    expect(server.counts).toMatchObject({ connections: 1, requests: 1 });
  });

  test('takes an override as people write it', async () => {
    const server = await servers.https({ tls: await ca.issue({ dnsNames: ['xn--bcher-kva.example'] }) });
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', server.port, TLSOptions.client(ca.cert, 'Bücher.example'));
    await expectConnected(http);
  });

  test.each<[keyof typeof LEAVES, string, () => TLSOptions | null]>([
    ['good', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => null],
    ['good', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => TLSOptions.client()],
    ['good', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => TLSOptions.client(otherCA.cert)],
    ['good', 'ERR_TLS_CERT_ALTNAME_INVALID', () => TLSOptions.client(ca.cert, 'game.example')],
    ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT', () => TLSOptions.client(ca.cert)],
    ['expired', 'CERT_HAS_EXPIRED', () => TLSOptions.client(ca.cert)],
    ['notYetValid', 'CERT_NOT_YET_VALID', () => TLSOptions.client(ca.cert)],
    ['otherName', 'ERR_TLS_CERT_ALTNAME_INVALID', () => TLSOptions.client(ca.cert)],
    ['otherName', 'ERR_TLS_CERT_ALTNAME_INVALID', () => TLSOptions.client(ca.cert, 'other.example')],
    ['otherName', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => TLSOptions.client(otherCA.cert, 'game.example')],
    ['otherAddress', 'ERR_TLS_CERT_ALTNAME_INVALID', () => TLSOptions.client(ca.cert)],
  ])('refuses a certificate that is %s: %s', async (leaf, code, options) => {
    const server = await serverWith(leaf);
    const http = new HTTPClient();
    http.connectToHost('https://127.0.0.1', server.port, options());
    await expectRefused(http, code);
    expect(http.getLastError()?.message).toContain(`127.0.0.1:${server.port}`);
    expect(server.counts.requests).toBe(0);
  });

  const OTHERS = `; if one of these names is the server's, give it to TLSOptions.client(pem, 'name') (ERR`;
  test.each<[string, LeafOptions, string, string]>([
    [
      'one',
      { dnsNames: ['a.example'] },
      '',
      `certificate is for "DNS:a.example", not for "127.0.0.1"${OTHERS}`,
    ],
    [
      'an address',
      { ipAddresses: ['::1'] },
      'b.example',
      `"IP Address:0:0:0:0:0:0:0:1", not for "b.example"${OTHERS}`,
    ],
    [
      'none',
      { dnsNames: [] },
      '',
      'has no names (subjectAltName), so it is not valid for "127.0.0.1"; the server needs',
    ],
    ['too many', { dnsNames: Array(50).fill('long.example') }, '', `...", not for "127.0.0.1"${OTHERS}`],
    ['a line end', { dnsNames: ['a\r\nb\x1b'] }, '', `not for "127.0.0.1"${OTHERS}`],
  ])('says which names the certificate has: %s', async (_what, leaf, name, message) => {
    const server = await servers.https({ tls: await ca.issue(leaf) });
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', server.port, TLSOptions.client(ca.cert, name));
    await expectRefused(http, 'ERR_TLS_CERT_ALTNAME_INVALID');
    expect(http.getLastError()?.message).toContain(message);
    expect(http.getLastError()?.message).not.toMatch(/[\x00-\x1f\x7f]/);
  });

  test.each(['game.example', 'a.wild.example'])('with an override checks that name, %s', async (name) => {
    const server = await serverWith('otherName');
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.client(ca.cert, name));
    await expectConnected(http);
  });

  test('trusts each root of a chain of several', async () => {
    const chain = TLSOptions.client(`${ca.cert}\n${otherCA.cert}\n`);
    for (const authority of [ca, otherCA]) {
      const server = await servers.https({ tls: await authority.issue() });
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, chain);
      await expectConnected(http);
    }
  });

  test('trusts a self-signed certificate that is given to it, as the failure advises', async () => {
    const leaf = await makeSelfSigned();
    const server = await servers.https({ tls: leaf });
    const http = new HTTPClient();
    http.connectToHost('https://127.0.0.1', server.port);
    await expectRefused(http, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(http.getLastError()?.message).toContain('TLSOptions.client(pem)');
    http.connectToHost('https://127.0.0.1', server.port, TLSOptions.client(leaf.cert));
    await expectConnected(http);
  });

  const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

  test.each(['garbage', '', BROKEN])(
    'with %j for a chain trusts nobody, and the client lives on',
    async (pem) => {
      const server = await serverWith('good');
      const http = new HTTPClient();
      expect(http.connectToHost(server.host, server.port, TLSOptions.client(pem))).toBe(ErrorCode.OK);
      await expectRefused(http, /./);
      http.connectToHost(server.host, server.port, TLSOptions.client(ca.cert));
      await expectConnected(http);
    },
  );

  test("trusts Node's own roots without a chain, but not with one, even an empty one", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tickhttp-'));
    try {
      const roots = join(directory, 'roots.pem');
      await writeFile(roots, ca.cert);
      const { port } = await serverWith('good');
      const script = `import('tickhttp').then(({ HTTPClient, TLSOptions }) => {
        const statuses = ${JSON.stringify([null, otherCA.cert, 'garbage', ''])}.map((chain) => {
          const http = new HTTPClient();
          http.blockingModeEnabled = true;
          http.connectToHost('127.0.0.1', ${port}, TLSOptions.client(chain));
          http.poll();
          return http.getStatus();
        });
        console.log(JSON.stringify(statuses));
      })`;
      const { stdout, stderr } = await runScript('', {
        nodeArgs: ['--eval', script],
        env: { NODE_EXTRA_CA_CERTS: roots },
      });
      const { CONNECTED, TLS_HANDSHAKE_ERROR: refused } = Status;
      expect(stdout, stderr).toBe(`${JSON.stringify([CONNECTED, refused, refused, refused])}\n`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('TLSOptions.clientUnsafe', () => {
  test.each<keyof typeof LEAVES>([
    'good',
    'selfSigned',
    'expired',
    'notYetValid',
    'otherName',
    'otherAddress',
  ])('without a chain takes any certificate: %s', async (leaf) => {
    const server = await serverWith(leaf);
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.clientUnsafe());
    await expectConnected(http);
  });

  test.each<keyof typeof LEAVES>(['good', 'otherName', 'otherAddress'])(
    'with a chain does not check the name: %s',
    async (leaf) => {
      const server = await serverWith(leaf);
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, TLSOptions.clientUnsafe(ca.cert));
      await expectConnected(http);
    },
  );

  test.each<[keyof typeof LEAVES, string, () => Authority]>([
    ['good', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => otherCA],
    ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT', () => ca],
    ['expired', 'CERT_HAS_EXPIRED', () => ca],
  ])('with a chain refuses what it does not vouch for: %s, %s', async (leaf, code, authority) => {
    const server = await serverWith(leaf);
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.clientUnsafe(authority().cert));
    await expectRefused(http, code);
  });
});

describe('the handshake', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('works with a server that speaks %s only', async (version) => {
    const server = await servers.https({ tls: { minVersion: version, maxVersion: version } });
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.client(ca.cert));
    await expectConnected(http);
  });

  test.each<[string, Script, RegExp]>([
    ['answers in plain HTTP', [{ send: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, { hold: true }], /SSL|PROTO/],
    ['closes at once', [{ end: true }], /^ECONNRESET$/],
    ['closes in the middle', [{ expectBytes: 100 }, { send: '\x16\x03\x03' }, { end: true }], /./],
    ['breaks off', [{ expectBytes: 100 }, { reset: true }], /^ECONNRESET$/],
  ])('with a server that %s ends in TLS_HANDSHAKE_ERROR', async (_what, script, code) => {
    const server = await servers.raw(script);
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.clientUnsafe());
    await expectRefused(http, code);
    // The same client, and the same thread, go on.
    const good = await serverWith('good');
    http.connectToHost(good.host, good.port, TLSOptions.client(ca.cert));
    await expectConnected(http);
  });

  test('that gets no answer in time ends in TLS_HANDSHAKE_ERROR', async () => {
    const { host, port } = await servers.silent();
    // Long enough for TCP to be up for certain.
    const http = new HTTPClient({ timeouts: { connect: 2000 } });
    http.connectToHost(host, port, TLSOptions.clientUnsafe());
    await expectRefused(http, 'TLS_TIMEOUT');
  });

  test('is what a server with TLS waits for: a plain request to it fails', async () => {
    const server = await serverWith('good');
    const http = new HTTPClient();
    http.connectToHost(`http://${server.host}`, server.port, TLSOptions.client(ca.cert));
    expect(await settled(http)).toBe(Status.CONNECTED);
    http.request(Method.GET, '/', []);
    expect(await settled(http)).toBe(Status.CONNECTION_ERROR);
    expect(server.counts.requests).toBe(0);
  });

  test('tells that the server has closed it while idle', async () => {
    const script: Script = [{ waitFor: 'go' }, { end: true }];
    const server = await servers.raw(script, { tls: true });
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.client(ca.cert));
    expect(await settled(http)).toBe(Status.CONNECTED);
    server.release('go');
    await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()).toMatchObject({ phase: 'idle', code: 'CONNECTION_CLOSED' });
  });

  test.each([
    ['localhost', 'localhost'],
    ['LocalHost', 'localhost'],
    ['127.0.0.1', false],
  ])('with %s offers the name %s, or that of an override, and http/1.1', async (host, name) => {
    const server = createServer({
      ...(await ca.issue({ dnsNames: ['localhost', 'game.example'], ipAddresses: ['127.0.0.1'] })),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      for (const override of ['', 'game.example']) {
        const secured = once(server, 'secureConnection');
        const http = new HTTPClient();
        http.connectToHost(host, address.port, TLSOptions.client(ca.cert, override));
        expect(await settled(http)).toBe(Status.CONNECTED);
        const [socket]: TLSSocket[] = await secured;
        expect([socket?.servername, socket?.alpnProtocol]).toEqual([override || name, 'http/1.1']);
        socket?.destroy();
        http.close();
      }
    } finally {
      server.close();
    }
  });
});
