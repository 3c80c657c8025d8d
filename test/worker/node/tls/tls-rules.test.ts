import { constants, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTCP, createServer, type Socket } from 'node:net';
import { HTTPClient, Status, type TLSClientOptions, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeSelfSigned } from '../../../support/certificates.mjs';
import { get, settled } from '../../../support/client.ts';
import type { ServerTLS } from '../../../support/protocol.ts';
import { failed } from '../../../support/proxied.ts';
import type { Address, Script } from '../../../support/servers.ts';
import {
  type ClientOf,
  type Code,
  expectOutcome,
  leaf,
  makePFX,
  makeWorld,
  type ServerOf,
  trusting,
  type World,
} from '../../../support/tls-world.ts';

/** What OpenSSL demands of a connection, and what options make of that. */

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.servers.close());

const speaking =
  (options: Partial<ServerTLS>): ServerOf =>
  async ({ root }) => ({ ...(await root.issue()), ...options });

async function failureOf({ host, port }: Address, options: TLSOptions | Promise<TLSOptions>) {
  const http = new HTTPClient();
  http.connectToHost(host, port, await options);
  const failure = await failed(http);
  expect(failure).toMatchObject({ status: Status.TLS_HANDSHAKE_ERROR, phase: 'tls' });
  // All of it: what is cut off does not end with the code.
  expect(failure.message).toMatch(new RegExp(`\\(${failure.code}\\)\\.$`));
  return failure;
}

describe('the curves', () => {
  test.each<[string, string, Code]>([
    ['in common', 'P-384', null],
    ['of which the second is in common', 'X25519:P-384', null],
    ['in automatic choice', 'auto', null],
    ['that are not in common', 'X25519', /HANDSHAKE_FAILURE/],
    ['that there are not', 'P-999', 'INVALID_ECDH_CURVE'],
    ['of which one there is not', 'X25519:P-999', 'INVALID_ECDH_CURVE'],
  ])('%s', async (_what, ecdhCurve, code) => {
    await expectOutcome(world, speaking({ ecdhCurve: 'P-384' }), trusting({ ecdhCurve }), code);
  });

  test('that there are not are named, and so is the OpenSSL', async () => {
    const server = await world.servers.https();
    const { message } = await failureOf(server, TLSOptions.client(null, '', { ecdhCurve: 'P-999' }));
    expect(message).toContain(
      `ecdhCurve "P-999" is not a list of curves that OpenSSL ${process.versions.openssl} knows`,
    );
  });
});

describe('the first message of a handshake', () => {
  /** On the way to `target`: a machine that takes none that is as large as the first one it has seen. */
  async function narrowWay({ host, port }: Address): Promise<Address> {
    let most: number | null = null;
    const sockets = new Set<Socket>();
    const way = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      const received: Buffer[] = [];
      socket.on('data', (bytes) => {
        received.push(bytes);
        const hello = Buffer.concat(received);
        // RFC 8446 section 5.1: the length of a record is in bytes 3 and 4 of it.
        if (hello.length < 5 || hello.length < 5 + hello.readUInt16BE(3)) return;
        socket.removeAllListeners('data').pause();
        most ??= hello.length;
        if (hello.length >= most) {
          socket.resetAndDestroy();
          return;
        }
        const target = connectTCP({ host, port }).on('error', () => socket.destroy());
        sockets.add(target);
        target.write(hello);
        target.pipe(socket).pipe(target);
      });
    });
    way.listen(0, '127.0.0.1');
    await once(way, 'listening');
    onTestFinished(() => {
      way.close();
      for (const socket of sockets) socket.destroy();
    });
    const address: string | AddressInfo | null = way.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { host: '127.0.0.1', port: address.port };
  }

  test('that is too large for a machine on the way is made smaller with ecdhCurve, as the failure says', async () => {
    const way = await narrowWay(await world.servers.https());
    for (const _ of [1, 2]) {
      const failure = await failureOf(way, TLSOptions.client(world.root.cert));
      expect(failure.code).toBe('ECONNRESET');
      expect(failure.message).toContain("try ecdhCurve: 'X25519' of TLSOptions");
    }
    const http = new HTTPClient();
    http.connectToHost(way.host, way.port, TLSOptions.client(world.root.cert, '', { ecdhCurve: 'X25519' }));
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    expect((await get(http, '/bytes/10')).body).toHaveLength(10);
  });

  test.each<[string, Script, number, RegExp]>([
    ['ends', [{ expectBytes: 1 }, { end: true }], 0, /^ECONNRESET$/],
    ['never ends', [{ expectBytes: 1 }, { hold: true }], 500, /^TLS_TIMEOUT$/],
  ])(
    'after which the connection %s: the failure hints at ecdhCurve, too',
    async (_what, script, tls, code) => {
      const server = await world.servers.raw(script);
      const http = new HTTPClient({ timeouts: { tls } });
      http.connectToHost(server.host, server.port, TLSOptions.client(world.root.cert));
      const failure = await failed(http);
      expect(failure.code).toMatch(code);
      expect(failure.message).toContain("try ecdhCurve: 'X25519' of TLSOptions");
    },
  );

  test('is no matter where a reset comes later, nor where there is no TLS', async () => {
    const script: Script = [{ expectHead: true }, { waitFor: 'go' }, { reset: true }];
    for (const tls of [true, false]) {
      const server = await world.servers.raw(script, { tls });
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, tls ? TLSOptions.client(world.root.cert) : null);
      await settled(http);
      http.request(0, '/', []);
      await server.waitFor('the request', ({ step }) => step === 1);
      server.release('go');
      expect((await failed(http)).message).not.toContain('ecdhCurve');
    }
  });
});

describe('options of OpenSSL', () => {
  test('count: SSL_OP_NO_TLSv1_3', async () => {
    const server = await world.servers.https({ tls: await leaf()(world) });
    const http = new HTTPClient();
    const secureOptions = constants.SSL_OP_NO_TLSv1_3;
    http.connectToHost('127.0.0.1', server.port, TLSOptions.client(world.root.cert, '', { secureOptions }));
    expect((await server.secured()).tls?.protocol).toBe('TLSv1.2');
  });

  test('let servers in that know the old renegotiation only, as the failure says', async () => {
    // A ServerHello of TLS 1.2 without any extension (RFC 5246 section 7.4.1.3, RFC 5746 section 3.4).
    const hello = Buffer.from(`160303002a0200002603 03${'11'.repeat(32)}00c02b00`.replaceAll(' ', ''), 'hex');
    const server = await world.servers.raw([{ expectBytes: 1 }, { send: hello }, { end: true }]);
    const failure = await failureOf(server, TLSOptions.clientUnsafe());
    expect(failure.code).toBe('ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED');
    expect(failure.message).toContain('secureOptions of TLSOptions: SSL_OP_LEGACY_SERVER_CONNECT');
    const secureOptions = constants.SSL_OP_LEGACY_SERVER_CONNECT;
    // It goes on, and misses the certificate.
    const later = await failureOf(server, TLSOptions.clientUnsafe(null, { secureOptions }));
    expect(later.code).toBe('ECONNRESET');
  });
});

describe('a chain that ends below the root', () => {
  const delegated: ServerOf = async ({ between }) => {
    const { key, cert } = await between.issue();
    return { key, cert: cert + between.cert };
  };
  const below =
    (
      options: TLSClientOptions,
      trusted: (world: World) => string = ({ between }) => between.cert,
    ): ClientOf =>
    (world) =>
      TLSOptions.client(trusted(world), '', options);
  const PARTIAL = { allowPartialTrustChain: true };

  test.each<[string, ClientOf, Code]>([
    ['is trusted if that is said', below(PARTIAL), null],
    ['is not, unless it is said', below({ allowPartialTrustChain: false }), /UNABLE_TO_GET_ISSUER_CERT/],
    ['is trusted if the root is, too', below(PARTIAL, ({ root }) => root.cert), null],
    ['is not trusted for others', below(PARTIAL, ({ other }) => other.cert), /UNABLE_TO/],
    [
      'is trusted by clientUnsafe, who has a chain',
      ({ between }) => TLSOptions.clientUnsafe(between.cert, PARTIAL),
      null,
    ],
  ])('%s', async (_what, client, code) => {
    await expectOutcome(world, delegated, client, code);
  });

  test("may be the server's own certificate alone", async () => {
    const own = await world.root.issue();
    await expectOutcome(
      world,
      () => own,
      below({}, () => own.cert),
      /UNABLE_TO/,
    );
    await expectOutcome(
      world,
      () => own,
      below(PARTIAL, () => own.cert),
      null,
    );
  });

  test('is what the failure without it is about', async () => {
    const server = await world.servers.https({ tls: await delegated(world) });
    const { message } = await failureOf(server, TLSOptions.client(world.between.cert));
    expect(message).toContain('allowPartialTrustChain of TLSOptions');
  });
});

describe('what is too weak', () => {
  /** OpenSSL's level 2 wants 2048 bits, and signatures that are better than SHA-1. */
  const STRICT = { ciphers: 'DEFAULT@SECLEVEL=2' };
  const LAX = { ciphers: 'DEFAULT@SECLEVEL=0' };
  const trustingIn = (cert: string, options: TLSClientOptions) => TLSOptions.client(cert, '', options);

  test('of the server has codes of its own, and is taken where the level allows it', async () => {
    const short = await makeSelfSigned({ bits: 1024 });
    const sha1 = await world.root.issue({ hash: 'SHA-1' });
    for (const [identity, trusted, code] of [
      [short, short.cert, 'WEAK_KEY'],
      [sha1, world.root.cert, 'WEAK_SIGNATURE'],
    ] as const) {
      const server = await world.servers.https({ tls: { ...identity, ...LAX } });
      const failure = await failureOf(server, trustingIn(trusted, STRICT));
      expect(failure.code).toBe(code);
      expect(failure.message).toMatch(/the other side's chain .* 'DEFAULT@SECLEVEL=0' of TLSOptions/);
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, await trustingIn(trusted, LAX));
      expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    }
  });

  test("of the client's own certificate has, too, and no passphrase is asked for", async ({ skip }) => {
    const server = await world.servers.https({ tls: LAX });
    const { key, cert: certificate } = await makeSelfSigned({ bits: 1024 });
    const own: TLSClientOptions[] = [{ certificate, key }];
    const pfx = makePFX({ key, cert: certificate }, 'secret');
    if (pfx !== null) own.push({ pfx, passphrase: 'secret' });
    for (const options of own) {
      const failure = await failureOf(server, trusting({ ...options, ...STRICT })(world));
      expect(failure).toMatchObject({ code: 'WEAK_KEY' });
      expect(failure.message).toContain('the key of the client certificate is too weak');
      expect(failure.message).not.toContain('passphrase');
      // What is asked of the certificate is what the list of ciphers says, from the first look at it on.
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, await trusting({ ...options, ...LAX })(world));
      expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    }
    if (pfx === null) skip('there is no openssl on the PATH, and nothing else here makes a PFX');
  });

  test('even for level 1 is taken at level 0', async () => {
    const server = await world.servers.https({ tls: LAX });
    const { key, cert: certificate } = await makeSelfSigned({ bits: 512 });
    expect(await failureOf(server, trusting({ certificate, key })(world))).toMatchObject({
      code: 'WEAK_KEY',
    });
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, await trusting({ certificate, key, ...LAX })(world));
    expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  });

  test('is not to blame for ciphers that there are not', async () => {
    const server = await world.servers.https();
    const { key, cert: certificate } = await makeSelfSigned();
    const failure = await failureOf(server, trusting({ certificate, key, ciphers: 'ROT13' })(world));
    expect(failure.code).toBe('ERR_SSL_NO_CIPHER_MATCH');
  });
});

describe('an old cipher is no wrong passphrase', () => {
  test('in a PFX', async ({ skip }) => {
    const server = await world.servers.https();
    // RC2 of 40 bits, as programs wrote it for twenty years.
    const old = makePFX(world.client, 'secret', ['-legacy']);
    if (old === null) return skip('there is no openssl on the PATH that can write old PFX');
    const failure = await failureOf(server, trusting({ pfx: old, passphrase: 'secret' })(world));
    expect(failure.code).toBe('INVALID_PFX');
    expect(failure.message).toContain('pfx is encrypted with an old cipher; convert it');
    expect(failure.message).not.toContain('passphrase');
  });

  test('in a key', async () => {
    const server = await world.servers.https();
    const cipher = 'aes-128-cbc';
    const encrypted = createPrivateKey(world.client.key).export({
      ...{ type: 'sec1', format: 'pem' },
      ...{ cipher, passphrase: 'secret' },
    } as const);
    const old = String(encrypted).replace(/AES-128-CBC,(.{16}).{16}/, 'DES-CBC,$1');
    const own = { certificate: world.client.cert, passphrase: 'secret' };
    const failure = await failureOf(server, trusting({ ...own, key: old })(world));
    expect(failure.code).toBe('INVALID_KEY');
    expect(failure.message).toContain('it is encrypted with an old cipher: convert it');
    expect(failure.message).not.toContain('passphrase');
    const wrong = await failureOf(
      server,
      trusting({ ...own, key: String(encrypted), passphrase: 'wrong' })(world),
    );
    expect(wrong.message).toContain('is the passphrase right?');
  });

  test('and what is no PFX says so', async ({ skip }) => {
    const server = await world.servers.https();
    const rubbish = await failureOf(server, trusting({ pfx: new Uint8Array(99) })(world));
    expect(rubbish.message).toContain('pfx cannot be read; is it PKCS #12?');
    const pfx = makePFX(world.client, 'secret');
    if (pfx === null) return skip('there is no openssl on the PATH, and nothing else here makes a PFX');
    const wrong = await failureOf(server, trusting({ pfx, passphrase: 'wrong' })(world));
    expect(wrong.message).toContain('is the passphrase right?');
    const missing = await failureOf(server, trusting({ pfx })(world));
    expect(missing.message).toContain('pfx cannot be read without its passphrase');
  });
});
