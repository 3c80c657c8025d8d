/** What must hold with any TLS server: `npm test` runs it with the fixture's, `npm run test:real` with nginx. */
import { HTTPClient, Method, Status, type TLSClientOptions, TLSOptions } from 'tickhttp';
import { describe, expect, test } from 'vitest';
import { type Authority, type LeafOptions, makeAuthority } from '../support/certificates.mjs';
import { get, inspect, settled } from '../support/client.ts';
import { checkPattern } from '../support/pattern.mjs';
import type { Address } from '../support/servers.ts';

/** With the routes of the fixture's server. */
export interface SecureOrigins {
  readonly 'TLS 1.2 and 1.3': Address;
  readonly 'TLS 1.2 only': Address;
  readonly 'TLS 1.3 only': Address;
  /** Any version, for clients with a certificate of `clients`. */
  readonly clientCertificate: Address;
  readonly clients: Authority;
  /** What it answers to the others; 0 if it ends the connection, in the handshake or behind it. */
  readonly refusal: number;
  /** What to trust. */
  readonly ca: string;
}

type Versioned = 'TLS 1.2 and 1.3' | 'TLS 1.2 only' | 'TLS 1.3 only';

const AGREED: readonly (readonly [Versioned, TLSClientOptions, version: string])[] = [
  ['TLS 1.2 and 1.3', {}, 'TLSv1.3'],
  ['TLS 1.2 and 1.3', { minVersion: 'TLSv1.3' }, 'TLSv1.3'],
  ['TLS 1.2 and 1.3', { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
  ['TLS 1.2 only', {}, 'TLSv1.2'],
  ['TLS 1.2 only', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
  ['TLS 1.3 only', {}, 'TLSv1.3'],
  ['TLS 1.3 only', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }, 'TLSv1.3'],
];

const DISAGREED: readonly (readonly [Versioned, TLSClientOptions])[] = [
  ['TLS 1.2 only', { minVersion: 'TLSv1.3' }],
  ['TLS 1.3 only', { maxVersion: 'TLSv1.2' }],
];

const PLAYER: LeafOptions = { commonName: 'a player', purposes: ['clientAuth'] };

export function tlsCases(getOrigins: () => SecureOrigins): void {
  async function open(server: Address, options: TLSClientOptions): Promise<HTTPClient> {
    const http = new HTTPClient();
    http.connectToHost(server.host, server.port, TLSOptions.client(getOrigins().ca, '', options));
    await settled(http);
    return http;
  }

  async function expectServed(server: Address, options: TLSClientOptions, protocol: string): Promise<void> {
    const http = await open(server, options);
    expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    expect(await inspect(http, Method.GET)).toMatchObject({ protocol });
    const { code, body } = await get(http, '/bytes/100000');
    expect([code, body.length]).toEqual([200, 100_000]);
    checkPattern(body);
    http.close();
  }

  describe('versions', () => {
    test.each(AGREED)('a server with %s and a client with %j agree: %s', async (server, options, version) => {
      // Twice: a session may be resumed.
      await expectServed(getOrigins()[server], options, version);
      await expectServed(getOrigins()[server], options, version);
    });

    test.each(DISAGREED)('a server with %s and a client with %j do not', async (server, options) => {
      const address = getOrigins()[server];
      const http = await open(address, options);
      expect(http.getStatus()).toBe(Status.TLS_HANDSHAKE_ERROR);
      expect(http.getLastError()).toMatchObject({ phase: 'tls', code: expect.stringMatching(/VERSION/) });
      expect(http.getLastError()?.message).toContain(`127.0.0.1:${address.port}`);
    });
  });

  describe('a server that wants a certificate', () => {
    const versions = ['TLSv1.2', 'TLSv1.3'] as const;

    test.each(versions)('serves a client that has it, with %s', async (maxVersion) => {
      const { clients, clientCertificate } = getOrigins();
      const { cert: certificate, key } = await clients.issue(PLAYER);
      await expectServed(clientCertificate, { certificate, key, maxVersion }, maxVersion);
    });

    const UNFIT: Readonly<Record<string, () => Promise<TLSClientOptions>>> = {
      'one without': async () => ({}),
      'one with that of another authority': async () => {
        const { cert: certificate, key } = await (await makeAuthority({ commonName: 'another' })).issue(
          PLAYER,
        );
        return { certificate, key };
      },
    };
    const unfit = Object.keys(UNFIT).flatMap((who) => versions.map((version) => [who, version] as const));

    test.each(unfit)('does not serve %s, with %s', async (who, maxVersion) => {
      const { clientCertificate, refusal } = getOrigins();
      const http = await open(clientCertificate, { ...(await UNFIT[who]?.()), maxVersion });
      // With TLS 1.3 a client is done before the server has seen its certificate (RFC 8446 section 4.4.2).
      if (http.getStatus() === Status.CONNECTED) {
        const { code, status } = await get(http, '/bytes/100');
        expect(code).toBe(refusal);
        expect(status).toBe(refusal === 0 ? Status.CONNECTION_ERROR : Status.DISCONNECTED);
      } else {
        expect(http.getStatus()).toBe(Status.TLS_HANDSHAKE_ERROR);
        expect(refusal).toBe(0);
      }
      if (refusal === 0)
        expect(http.getLastError()?.code).toMatch(
          /CERTIFICATE|ALERT|ECONNRESET|CONNECTION_CLOSED|EMPTY_RESPONSE/,
        );
    });
  });
}
