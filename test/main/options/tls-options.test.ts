import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { Status, type TLSClientOptions, TLSOptions } from 'tickhttp';
import { describe, expect } from 'vitest';
import { TLSOptions as SourceTLSOptions, settingsOf } from '../../../src/main/options/tls-options.ts';
import { keyOf } from '../../../src/worker/node/tls/context.ts';
import { runScript } from '../../support/run-script.ts';
import { test } from '../../support/servers.ts';

const BYTES = new Uint8Array([1, 2, 3]);
const PIN = `sha256/${'A'.repeat(43)}=`;
/** As a program without types could call it. */
const make = (...parameters: unknown[]): unknown => Reflect.apply(TLSOptions.client, TLSOptions, parameters);
const makeUnsafe = (...parameters: unknown[]): unknown =>
  Reflect.apply(TLSOptions.clientUnsafe, TLSOptions, parameters);

describe('TLSOptions', () => {
  test.each<[string, unknown, RegExp]>([
    ['no object', 7, /^options must be an object, not 7$/],
    [
      'an unknown option',
      { minversion: 'TLSv1.2' },
      /^there is no option TLSOptions\.minversion: did you mean minVersion\?$/,
    ],
    ['a certificate that is a number', { certificate: 7, key: '' }, /^certificate must be PEM .*not 7$/],
    ['a certificate in a list', { certificate: ['', 7], key: '' }, /^certificate\[1\] must be PEM/],
    ['a certificate without its key', { certificate: '' }, /^certificate has no effect without key$/],
    ['a key without its certificate', { key: '' }, /^key has no effect without certificate$/],
    ['a list of keys', { certificate: '', key: [''] }, /^key must be PEM/],
    ['a PFX that is text', { pfx: '' }, /^pfx must be a Uint8Array/],
    ['a PFX and a key', { pfx: BYTES, certificate: '', key: '' }, /^pfx holds/],
    ['a passphrase that is a number', { pfx: BYTES, passphrase: 7 }, /^passphrase must be a string/],
    ['a passphrase for nothing', { passphrase: '' }, /^passphrase has no effect/],
    [
      'a version there is not',
      { minVersion: 'SSLv3' },
      /^minVersion must be one of TLSv1, .*not the string "SSLv3"$/,
    ],
    ['a version that is a number', { maxVersion: 1.3 }, /^maxVersion must be one of/],
    ['protocols that are no list', { alpnProtocols: 'http/1.1' }, /^alpnProtocols must be an array/],
    ['a protocol without a name', { alpnProtocols: ['http/1.1', ''] }, /^alpnProtocols\[1\] must be/],
    ['a name with a line end', { serverName: 'a\n' }, /^serverName must be a name/],
    ['a pin that is none', { pins: [PIN, 'sha1/AAAA'] }, /^pins\[1\] must be 'sha256\/'/],
    ['pins that are none', { pins: [] }, /^pins must have at least one pin/],
    ['a pin that is too short', { pins: ['sha256/AAAA='] }, /^pins\[0\] must be/],
    ['a list that is a number', { revocationLists: 7 }, /^revocationLists must be PEM/],
    ['ciphers in a list', { ciphers: ['DEFAULT'] }, /^ciphers must be a string/],
    ['curves in a list', { ecdhCurve: ['X25519'] }, /^ecdhCurve must be a string/],
    ['no curve', { ecdhCurve: '' }, /^ecdhCurve must be names of curves, .*not the string ""$/],
    ['curves with a blank', { ecdhCurve: 'X25519, P-256' }, /^ecdhCurve must be names of curves/],
    ['options as a string', { secureOptions: '4' }, /^secureOptions must be a whole number, not the string/],
    ['options that are a fraction', { secureOptions: 0.5 }, /^secureOptions must be a whole number/],
    [
      'a partial chain that is a string',
      { allowPartialTrustChain: 'yes' },
      /^allowPartialTrustChain must be a boolean, not the string "yes"$/,
    ],
    ['roots of nobody', { roots: 'mine' }, /^roots must be 'bundled' or 'system', not the string "mine"$/],
  ])('refuses %s with a TypeError that names it', (_what, options, message) => {
    const refused = expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) });
    expect(() => make(null, '', options)).toThrow(refused);
    expect(() => makeUnsafe(null, options)).toThrow(refused);
  });

  test('refuses versions that exclude each other with a RangeError', () => {
    expect(() => TLSOptions.client(null, '', { maxVersion: 'TLSv1.1' })).toThrow(RangeError);
    expect(() => TLSOptions.client(null, '', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' })).toThrow(
      'minVersion must not be above maxVersion (TLSv1.2), but is TLSv1.3',
    );
  });

  test.each([-1, -(2 ** 31), 2 ** 53])('refuses %d for secureOptions with a RangeError', (secureOptions) => {
    expect(() => TLSOptions.client(null, '', { secureOptions })).toThrow(
      new RangeError(`secureOptions must be 0 to 9007199254740991, not ${secureOptions}`),
    );
    expect(() => TLSOptions.clientUnsafe(null, { secureOptions })).toThrow(RangeError);
  });

  test('refuses a chain and names of the wrong type', () => {
    expect(() => make(7)).toThrow(
      'trustedChain must be PEM as a string, or PEM or DER as a Uint8Array, not 7',
    );
    expect(() => make([BYTES, null])).toThrow('trustedChain[1] must be');
    expect(() => make(null, 7)).toThrow('commonNameOverride must be a string');
    expect(() => make(null, 'a\0b')).toThrow(
      'commonNameOverride must be a name without spaces and control characters, but has "\\u0000" at index 1',
    );
    expect(() => makeUnsafe(7)).toThrow(TypeError);
  });

  test('refuses revocation lists that nothing would be checked against', () => {
    const lists = { revocationLists: '' };
    expect(() => TLSOptions.clientUnsafe(null, lists)).toThrow(/without a trustedChain$/);
    expect(TLSOptions.clientUnsafe('', lists).isUnsafeClient()).toBe(true);
    expect(TLSOptions.client(null, '', lists).isUnsafeClient()).toBe(false);
  });

  test('takes an option that is undefined for one that is not given', () => {
    const nothing: Record<string, undefined> = { certificate: undefined, roots: undefined, pins: undefined };
    expect(make(null, '', nothing)).toBeInstanceOf(TLSOptions);
  });

  test.each([[null], ['PEM'], [BYTES], [['PEM', BYTES]]])('gives back the chain that it got, %j', (chain) => {
    expect(TLSOptions.client(chain).getTrustedCAChain()).toEqual(chain);
    expect(TLSOptions.clientUnsafe(chain).getTrustedCAChain()).toEqual(chain);
  });

  test('does not change with what it was made of, nor with what it gave back', () => {
    const bytes = Uint8Array.from(BYTES);
    const list = ['PEM', bytes];
    const pins = [PIN];
    const options = SourceTLSOptions.client(list, '', { certificate: bytes, key: bytes, pins });
    const before = keyOf(settingsOf(options));
    bytes.fill(0);
    list.pop();
    pins.pop();
    const given = options.getTrustedCAChain();
    if (Array.isArray(given)) given.pop();
    expect(options.getTrustedCAChain()).toEqual(['PEM', BYTES]);
    expect(keyOf(settingsOf(options))).toBe(before);
  });

  test('has one key for one content, in whatever order it was given, and others for others', () => {
    const key = (chain: string | Uint8Array, options: TLSClientOptions = {}) =>
      keyOf(settingsOf(SourceTLSOptions.client(chain, '', options)));
    const one: TLSClientOptions = { pins: [PIN], serverName: 'a' };
    expect(key('PEM', one)).toBe(key('PEM', { serverName: 'a', pins: [PIN] }));
    // Structured cloning leaves it the same.
    expect(keyOf(structuredClone(settingsOf(SourceTLSOptions.client(BYTES))))).toBe(key(BYTES));
    const others = [
      key('PEM'),
      key('PEM2'),
      key(BYTES),
      key('PEM', one),
      key('PEM', { serverName: 'b' }),
      key('PEM', { ecdhCurve: 'X25519' }),
      key('PEM', { ecdhCurve: 'P-256' }),
      key('PEM', { secureOptions: 4 }),
      key('PEM', { allowPartialTrustChain: true }),
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});

describe('the roots of the system', () => {
  const scriptFor = (port: number) => `import('tickhttp').then(({ HTTPClient, TLSOptions }) => {
    const http = new HTTPClient();
    http.blockingModeEnabled = true;
    http.connectToHost('127.0.0.1', ${port}, TLSOptions.client(null, '', { roots: 'system' }));
    http.poll();
    console.log(http.getStatus(), http.getLastError()?.code);
  })`;

  test('are those of SSL_CERT_FILE, where it is set, and of NODE_EXTRA_CA_CERTS', async ({ servers }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tickhttp-'));
    try {
      const { makeAuthority } = await import('../../support/certificates.mjs');
      const [file, other] = [join(folder, 'roots.pem'), join(folder, 'other.pem')];
      await writeFile(file, (await servers.authority()).cert);
      await writeFile(other, (await makeAuthority({ commonName: 'another root' })).cert);
      const { port } = await servers.https();
      const run = async (env: Record<string, string>) =>
        (await runScript('', { nodeArgs: ['--eval', scriptFor(port)], env })).stdout;
      const connected = `${Status.CONNECTED} undefined\n`;
      expect(await run({ SSL_CERT_FILE: file })).toBe(connected);
      expect(await run({ SSL_CERT_FILE: other, NODE_EXTRA_CA_CERTS: file })).toBe(connected);
      expect(await run({ SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: other })).toBe(connected);
      // Of the machine's own, wherever they are, none knows the root of this test; a machine without any says so.
      expect(await run({})).toMatch(/^9 (UNABLE_TO_VERIFY_LEAF_SIGNATURE|NO_SYSTEM_ROOTS)\n$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("the roots that a program sets as Node's own", () => {
  /** Since Node 22.19. */
  const settable = 'setDefaultCACertificates' in tls;

  test.skipIf(!settable)(
    'count for its thread only, and can be handed over as a chain',
    async ({ servers }) => {
      const { cert } = await servers.authority();
      const { port } = await servers.https();
      const script = `import('tickhttp').then(({ HTTPClient, TLSOptions }) => {
      const tls = require('node:tls');
      tls.setDefaultCACertificates([${JSON.stringify(cert)}]);
      for (const options of [TLSOptions.client(), TLSOptions.client(tls.getCACertificates('default'))]) {
        const http = new HTTPClient();
        http.blockingModeEnabled = true;
        http.connectToHost('127.0.0.1', ${port}, options);
        http.poll();
        console.log(http.getStatus());
      }
    })`;
      const { stdout } = await runScript('', { nodeArgs: ['--eval', script] });
      expect(stdout).toBe(`${Status.TLS_HANDSHAKE_ERROR}\n${Status.CONNECTED}\n`);
    },
  );
});
