import { HTTPClient, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../../support/client.ts';
import {
  at,
  type ClientOf,
  type Code,
  derOf,
  expectOutcome,
  leaf,
  makeWorld,
  pinOf,
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

/** The chain that a server sends. */
const chain =
  (above: (world: World) => string): ServerOf =>
  async (world) => {
    const { key, cert } = await world.between.issue();
    return { key, cert: cert + above(world) };
  };
const delegated = chain(({ between }) => between.cert);

const named =
  (name: string): ClientOf =>
  ({ root }) =>
    TLSOptions.client(root.cert, name);
const pinned =
  (pin: (world: World) => string): ClientOf =>
  (world) =>
    trusting({ pins: [pinOf(pin(world))] })(world);
const listing =
  (...lists: ((world: World) => Promise<string>)[]): ClientOf =>
  async (world) =>
    trusting({ revocationLists: await Promise.all(lists.map((list) => list(world))) })(world);

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

describe('a certificate', () => {
  test.each<[string, ServerOf, ClientOf, Code]>([
    ['that is in order', good, trusting(), null],
    ['that has expired', leaf({ notBefore: at(-9), notAfter: at(-1) }), trusting(), 'CERT_HAS_EXPIRED'],
    ['that is not valid yet', leaf({ notBefore: at(1), notAfter: at(9) }), trusting(), 'CERT_NOT_YET_VALID'],
    ['for another name', leaf({ dnsNames: ['game.example'] }), named('other.example'), WRONG_NAME],
    ['for clients only', leaf({ purposes: ['clientAuth'] }), trusting(), 'INVALID_PURPOSE'],
    ['for servers and clients', leaf({ purposes: ['clientAuth', 'serverAuth'] }), trusting(), null],
    ['of an unknown root', ({ other }) => other.issue(), trusting(), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'of an unknown root, which is sent',
      async ({ other }) => {
        const { key, cert } = await other.issue();
        return { key, cert: cert + other.cert };
      },
      trusting(),
      'SELF_SIGNED_CERT_IN_CHAIN',
    ],
    // OpenSSL matches issuers by key identifiers too, so the root's namesake is nobody it knows.
    [
      'of a namesake of the root',
      ({ impostor }) => impostor.issue(),
      trusting(),
      /UNABLE_TO|SIGNATURE_FAILURE/,
    ],
    ['below an intermediate that is sent', delegated, trusting(), null],
    [
      'below an intermediate that is not sent',
      chain(() => ''),
      trusting(),
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'that only the trust in an intermediate could help',
      delegated,
      ({ between }) => TLSOptions.client(between.cert),
      /UNABLE_TO_GET_ISSUER_CERT/,
    ],
  ])('%s', async (_what, server, client, code) => {
    await expectOutcome(world, server, client, code);
  });
});

describe('a name', () => {
  const wild = leaf({ dnsNames: ['*.wild.example'] });
  const ends = (text: string): [ServerOf, ClientOf, Code] => [
    leaf({ commonName: 'x', dnsNames: [`game.example${text}`] }),
    named('game.example'),
    WRONG_NAME,
  ];

  test.each<[string, ServerOf, ClientOf, Code]>([
    ['that a wildcard covers', wild, named('a.wild.example'), null],
    ['two levels below a wildcard', wild, named('a.b.wild.example'), WRONG_NAME],
    ['that is what a wildcard stands under', wild, named('wild.example'), WRONG_NAME],
    ['in capitals', leaf({ dnsNames: ['GAME.example'] }), named('game.EXAMPLE'), null],
    ['that is an address in the certificate', leaf({ ipAddresses: ['127.0.0.1'] }), trusting(), null],
    ['that is another address', leaf({ ipAddresses: ['127.0.0.2'] }), trusting(), WRONG_NAME],
    ['that is an address in a DNS name', leaf({ dnsNames: ['127.0.0.1'] }), trusting(), WRONG_NAME],
    [
      'that only the common name has',
      leaf({ commonName: 'game.example', dnsNames: [] }),
      named('game.example'),
      WRONG_NAME,
    ],
    [
      'that only the common name has, beside an address',
      leaf({ commonName: 'game.example', ipAddresses: ['127.0.0.1'] }),
      named('game.example'),
      WRONG_NAME,
    ],
    ['before a NUL', ...ends('\0.evil.example')],
    ['before a line feed', ...ends('\n')],
    ['before a carriage return', ...ends('\r\n.evil.example')],
    ['before a forged list', ...ends('", DNS:game.example')],
    [
      'after a NUL and a comma',
      leaf({ dnsNames: ['evil.example\0, DNS:game.example'] }),
      named('game.example'),
      WRONG_NAME,
    ],
  ])('%s', async (_what, server, client, code) => {
    await expectOutcome(world, server, client, code);
  });
});

describe('a trusted chain', () => {
  const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

  test.each<[string, ClientOf, Code]>([
    ['of several roots, as one text', ({ root, other }) => TLSOptions.client(other.cert + root.cert), null],
    ['of several roots, as a list', ({ root, other }) => TLSOptions.client([other.cert, root.cert]), null],
    ['with remarks in between', ({ root }) => TLSOptions.client(`# ours\r\n${root.cert}0 = end\n`), null],
    ['as bytes of PEM', ({ root }) => TLSOptions.client(Buffer.from(`0\n${root.cert}`)), null],
    ['as DER', ({ root }) => TLSOptions.client(derOf(root.cert)), null],
    ['of several in DER', ({ root, other }) => TLSOptions.client(derOf(other.cert + root.cert)), null],
    [
      'of DER and PEM',
      ({ root, other }) => TLSOptions.client([derOf(other.cert), new TextEncoder().encode(root.cert)]),
      null,
    ],
    ['that is empty', () => TLSOptions.client(''), 'INVALID_CA'],
    ['that is no list', () => TLSOptions.client([]), 'INVALID_CA'],
    ['of no bytes', () => TLSOptions.client(new Uint8Array(0)), 'INVALID_CA'],
    ['of rubbish', () => TLSOptions.client('rubbish'), 'INVALID_CA'],
    ['of broken PEM', () => TLSOptions.client(BROKEN), 'INVALID_CA'],
    ['of broken PEM behind a good one', ({ root }) => TLSOptions.client(root.cert + BROKEN), 'INVALID_CA'],
    ['of half a DER', ({ root }) => TLSOptions.client(derOf(root.cert).subarray(0, 200)), 'INVALID_CA'],
    [
      'of DER with more behind',
      ({ root }) => TLSOptions.client(Buffer.concat([derOf(root.cert), Buffer.alloc(9)])),
      'INVALID_CA',
    ],
    ['that is a key', ({ root }) => TLSOptions.client(root.key), 'INVALID_CA'],
    ['that clientUnsafe got', () => TLSOptions.clientUnsafe('rubbish'), 'INVALID_CA'],
  ])('%s', async (_what, client, code) => {
    await expectOutcome(world, good, client, code);
  });
});

describe('a pin', () => {
  const between = chain(({ between }) => between.cert);
  const forged: ServerOf = async ({ root, impostor }) => {
    const { key, cert } = await root.issue({ namesKey: false });
    return { key, cert: cert + impostor.cert };
  };
  const unsafe = (trust: (world: World) => string | null, pin: (world: World) => string): ClientOf => {
    return (world) => TLSOptions.clientUnsafe(trust(world), { pins: [pinOf(pin(world))] });
  };
  const nobody = () => null;
  const other = (world: World) => world.other.cert;
  const MISMATCH = 'CERT_PIN_MISMATCH';

  test.each<[string, ServerOf, ClientOf, Code]>([
    ['of the issuer', between, pinned((world) => world.between.cert), null],
    ['of the root, which is not sent', between, pinned((world) => world.root.cert), null],
    ['of another authority', between, pinned(other), MISMATCH],
    [
      'of another authority, sent as if it had signed',
      chain((w) => w.between.cert + w.other.cert),
      pinned(other),
      MISMATCH,
    ],
    [
      'of another authority, sent before the issuer',
      chain((w) => w.other.cert + w.between.cert),
      pinned(other),
      MISMATCH,
    ],
    [
      'of a namesake of the root, sent too',
      chain((w) => w.between.cert + w.impostor.cert),
      pinned((w) => w.impostor.cert),
      MISMATCH,
    ],
    [
      'of a namesake of the root, which only its key tells apart',
      forged,
      pinned((w) => w.impostor.cert),
      MISMATCH,
    ],
    ['of another authority, for clientUnsafe', between, unsafe(nobody, other), MISMATCH],
    [
      'of the issuer, for clientUnsafe, who verifies none',
      between,
      unsafe(nobody, (w) => w.between.cert),
      MISMATCH,
    ],
    [
      'of the issuer, for clientUnsafe with a chain',
      between,
      unsafe(
        (w) => w.root.cert,
        (w) => w.between.cert,
      ),
      null,
    ],
  ])('%s', async (_what, server, client, code) => {
    await expectOutcome(world, server, client, code);
  });

  test('of the server is enough, among others too, verified or not', async () => {
    const identity = await world.other.issue();
    const own = pinOf(identity.cert);
    const some = { pins: [pinOf(world.root.cert), own] };
    const status = Status.CONNECTED;
    await expectOutcome(
      world,
      () => identity,
      () => TLSOptions.clientUnsafe(null, { pins: [own] }),
      null,
      status,
    );
    await expectOutcome(
      world,
      () => identity,
      () => TLSOptions.client(world.other.cert, '', some),
      null,
      status,
    );
  });

  test('of another fails with a message that has the pin of the server', async () => {
    const identity = await world.root.issue();
    const { port } = await world.servers.https({ tls: identity });
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', port, await pinned(({ other }) => other.cert)(world));
    await pollUntil(http, 'the failure', () => http.getStatus() === Status.TLS_HANDSHAKE_ERROR);
    expect(http.getLastError()?.message).toContain(pinOf(identity.cert));
  });
});

describe('a revocation list', () => {
  const identity = async (): Promise<[ServerOf, string]> => {
    const own = await world.root.issue();
    return [() => own, own.cert];
  };
  const of =
    (revoked: string[], times = {}) =>
    ({ root }: World) =>
      root.revoke(revoked, times);

  test.each<[string, (leaf: string) => ClientOf, Code]>([
    ['with the certificate', (leaf) => listing(of([leaf])), 'CERT_REVOKED'],
    ['without it', () => listing(of([])), null],
    [
      'that has expired',
      () => listing(of([], { thisUpdate: at(-9), nextUpdate: at(-1) })),
      'CRL_HAS_EXPIRED',
    ],
    ['of another authority', () => listing(({ other }) => other.revoke([])), 'UNABLE_TO_GET_CRL'],
    ['of a namesake', (leaf) => listing(({ impostor }) => impostor.revoke([leaf])), /CRL/],
    [
      'of two authorities, the second with it',
      (leaf) => listing(({ other }) => other.revoke([]), of([leaf])),
      'CERT_REVOKED',
    ],
    [
      'in DER, with it',
      (leaf) => async (world) => trusting({ revocationLists: derOf(await of([leaf])(world)) })(world),
      'CERT_REVOKED',
    ],
    ['of rubbish', () => trusting({ revocationLists: 'rubbish' }), 'INVALID_CRL'],
    ['that is none', () => trusting({ revocationLists: [] }), 'INVALID_CRL'],
    [
      'of half a DER',
      () => async (world) =>
        trusting({ revocationLists: derOf(await of([])(world)).subarray(0, 150) })(world),
      'INVALID_CRL',
    ],
    [
      'with it, for clientUnsafe with a chain',
      (leaf) => async (world) =>
        TLSOptions.clientUnsafe(world.root.cert, { revocationLists: await of([leaf])(world) }),
      'CERT_REVOKED',
    ],
  ])('%s', async (_what, client, code) => {
    const [server, cert] = await identity();
    await expectOutcome(world, server, client(cert), code);
  });
});
