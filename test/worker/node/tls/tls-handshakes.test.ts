import { createPrivateKey } from 'node:crypto';
import { HTTPClient, Status, type TLSClientOptions, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerTLS } from '../../../support/protocol.ts';
import {
  type ClientOf,
  type Code,
  derOf,
  expectOutcome,
  leaf,
  makePFX,
  makeWorld,
  type ServerOf,
  trusting,
  type World,
} from '../../../support/tls-world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.servers.close());

const good = leaf();

describe('a client certificate', () => {
  /** In TLS 1.3 the client is done before the server has seen its certificate: the refusal comes after CONNECTED. */
  const asking =
    (version: 'TLSv1.2' | 'TLSv1.3'): ServerOf =>
    async ({ root, clients }) => {
      const only = { minVersion: version, maxVersion: version };
      return {
        ...(await root.issue()),
        ...only,
        requestCert: true,
        rejectUnauthorized: true,
        ca: clients.cert,
      };
    };
  const own =
    (change: (options: { certificate: string; key: string }) => TLSClientOptions): ClientOf =>
    (world) =>
      trusting(change({ certificate: world.client.cert, key: world.client.key }))(world);
  const encrypted = (key: string) =>
    createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    });
  const encryptedDER = (key: string) =>
    createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'der',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    });
  const sec1 = (key: string) => createPrivateKey(key).export({ type: 'sec1', format: 'der' });

  test.each<[string, ClientOf, Code]>([
    ['in PEM', own((options) => options), null],
    ['in DER', own(({ certificate, key }) => ({ certificate: derOf(certificate), key: derOf(key) })), null],
    ['with a key in SEC 1', own(({ certificate, key }) => ({ certificate, key: sec1(key) })), null],
    [
      'with an encrypted key',
      own(({ certificate, key }) => ({ certificate, key: String(encrypted(key)), passphrase: 'secret' })),
      null,
    ],
    [
      'with an encrypted key in DER',
      own(({ certificate, key }) => ({ certificate, key: encryptedDER(key), passphrase: 'secret' })),
      null,
    ],
    [
      'with another passphrase',
      own(({ certificate, key }) => ({ certificate, key: String(encrypted(key)), passphrase: 'wrong' })),
      'INVALID_KEY',
    ],
    [
      'without its passphrase',
      own(({ certificate, key }) => ({ certificate, key: String(encrypted(key)) })),
      'INVALID_KEY',
    ],
    [
      'with the key of another',
      (world) => own((options) => ({ ...options, key: world.root.key }))(world),
      'INVALID_KEY',
    ],
    ['with rubbish for a key', own((options) => ({ ...options, key: 'rubbish' })), 'INVALID_KEY'],
    ['of rubbish', own((options) => ({ ...options, certificate: 'rubbish' })), 'INVALID_CERTIFICATE'],
    ['of no bytes', own((options) => ({ ...options, certificate: [] })), 'INVALID_CERTIFICATE'],
    ['in a PFX of rubbish', own(() => ({ pfx: new Uint8Array(99) })), 'INVALID_PFX'],
  ])('%s', async (_what, client, code) => {
    await expectOutcome(world, asking('TLSv1.3'), client, code);
  });

  test('arrives at the server', async () => {
    const server = await world.servers.https({ tls: await asking('TLSv1.3')(world) });
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', server.port, await own((options) => options)(world));
    expect((await server.secured()).tls?.client).toContain('player one');
  });

  test('that is missing, or of an authority that the server does not know, is refused', async () => {
    const stranger = await world.other.issue({ purposes: ['clientAuth'] });
    const strange = trusting({ certificate: stranger.cert, key: stranger.key });
    const REFUSED = /ALERT_HANDSHAKE_FAILURE$/;
    await expectOutcome(world, asking('TLSv1.2'), trusting(), REFUSED);
    const WANTED = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';
    await expectOutcome(world, asking('TLSv1.3'), trusting(), WANTED, Status.CONNECTION_ERROR);
    // A server in Node sends no alert for a certificate that it does not know: it closes when it has seen it.
    const CLOSED = /^(CONNECTION_CLOSED|ECONNRESET)$/;
    await expectOutcome(world, asking('TLSv1.2'), strange, CLOSED);
    await expectOutcome(world, asking('TLSv1.3'), strange, CLOSED, Status.CONNECTION_ERROR);
  });

  test('comes from a PFX too', async ({ skip }) => {
    const pfx = makePFX(world.client, 'secret');
    if (pfx === null) return skip('there is no openssl on the PATH, and nothing else here makes a PFX');
    await expectOutcome(
      world,
      asking('TLSv1.3'),
      trusting({ pfx, passphrase: 'secret' }),
      null,
      Status.CONNECTED,
    );
    const wrong = trusting({ pfx, passphrase: 'wrong' });
    await expectOutcome(world, asking('TLSv1.3'), wrong, 'INVALID_PFX');
  });
});

describe('what both sides can do', () => {
  const speaking =
    (options: Partial<ServerTLS>): ServerOf =>
    async ({ root }) => ({ ...(await root.issue()), ...options });
  const only = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version });
  const OLD = 'DEFAULT@SECLEVEL=0';
  const VERSION = /PROTOCOL/;
  const CIPHER = { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' };

  test.each<[string, ServerOf, ClientOf, Code]>([
    ['TLS 1.2', speaking(only('TLSv1.2')), trusting(), null],
    ['TLS 1.2 only, both', speaking(only('TLSv1.2')), trusting(only('TLSv1.2')), null],
    ['a server that is too old', speaking({ ...only('TLSv1.1'), ciphers: OLD }), trusting(), VERSION],
    [
      'an old server, and a client that may be',
      speaking({ ...only('TLSv1.1'), ciphers: OLD }),
      trusting({ minVersion: 'TLSv1', ciphers: OLD }),
      null,
    ],
    ['a server that is too new', speaking(only('TLSv1.3')), trusting({ maxVersion: 'TLSv1.2' }), VERSION],
    ['a server older than wanted', speaking(only('TLSv1.2')), trusting({ minVersion: 'TLSv1.3' }), VERSION],
    ['the same cipher', speaking({ ...only('TLSv1.2'), ...CIPHER }), trusting(CIPHER), null],
    [
      'no cipher in common',
      speaking({ ...only('TLSv1.2'), ...CIPHER }),
      trusting({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
      /HANDSHAKE_FAILURE/,
    ],
    ['a cipher that there is not', good, trusting({ ciphers: 'ROT13' }), 'ERR_SSL_NO_CIPHER_MATCH'],
    ['HTTP/2 only', speaking({ ALPNProtocols: ['h2'] }), trusting(), /ALERT_NO_APPLICATION_PROTOCOL$/],
    [
      'HTTP/2, which the client offers',
      speaking({ ALPNProtocols: ['h2', 'http/1.1'] }),
      trusting({ alpnProtocols: ['h2', 'http/1.1'] }),
      'UNSUPPORTED_PROTOCOL',
    ],
    ['HTTP/2 or nothing', speaking({ ALPNProtocols: ['h2'] }), trusting({ alpnProtocols: [] }), null],
    [
      'a private protocol',
      speaking({ ALPNProtocols: ['x-game'] }),
      trusting({ alpnProtocols: ['x-game', 'http/1.1'] }),
      null,
    ],
  ])('%s', async (_what, server, client, code) => {
    await expectOutcome(world, server, client, code);
  });

  test.each<[string, (world: World) => TLSOptions, string | false]>([
    ['nothing, for an address', ({ root }) => TLSOptions.client(root.cert), false],
    ['the override', ({ root }) => TLSOptions.client(root.cert, 'localhost'), 'localhost'],
    ['no dot at its end', ({ root }) => TLSOptions.client(root.cert, 'localhost.'), 'localhost'],
    [
      'serverName, whatever is verified',
      ({ root }) => TLSOptions.client(root.cert, 'localhost', { serverName: 'front.example' }),
      'front.example',
    ],
    [
      'serverName in the form of DNS',
      () => TLSOptions.clientUnsafe(null, { serverName: 'Bücher.example' }),
      'xn--bcher-kva.example',
    ],
  ])('the server sees in SNI: %s', async (_what, client, name) => {
    const server = await world.servers.https({ tls: await good(world) });
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', server.port, client(world));
    expect((await server.secured()).tls?.serverName).toBe(name);
  });
});
