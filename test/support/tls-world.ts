import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTPClient, Status, type TLSClientOptions, TLSOptions } from 'tickhttp';
import { expect } from 'vitest';
import type { Authority, KeyAndCertificate, LeafOptions } from './certificates.mjs';
import { get, pollUntil } from './client.ts';
import type { ServerTLS } from './protocol.ts';
import { type Servers, startServers } from './servers.ts';

/** Who vouches for whom in the tests of TLS. */
export interface World {
  readonly servers: Servers;
  /** What clients trust, unless a test says otherwise. */
  readonly root: Authority;
  /** Between the root and some servers. */
  readonly between: Authority;
  readonly other: Authority;
  /** Has the root's name, but not its key. */
  readonly impostor: Authority;
  /** The clients' own, of an authority that servers trust. */
  readonly clients: Authority;
  readonly client: KeyAndCertificate;
}

export async function makeWorld(): Promise<World> {
  const servers = await startServers();
  const root = await servers.authority();
  const { makeAuthority } = await import('./certificates.mjs');
  const clients = await makeAuthority({ commonName: 'clients' });
  return {
    servers,
    root,
    between: await root.delegate('between'),
    other: await makeAuthority({ commonName: 'another root' }),
    impostor: await makeAuthority(),
    clients,
    client: await clients.issue({ commonName: 'player one', purposes: ['clientAuth'] }),
  };
}

const DAY = 24 * 60 * 60 * 1000;

/** So many days from now. */
export const at = (days: number): Date => new Date(Date.now() + days * DAY);

/** Every PEM block of `pem` as DER, one after the other. */
export function derOf(pem: string): Buffer {
  const blocks = pem.matchAll(/-----BEGIN [^-]+-----([^-]+)-----END/g);
  return Buffer.concat(Array.from(blocks, ([, base64 = '']) => Buffer.from(base64, 'base64')));
}

export function pinOf(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(key).digest('base64')}`;
}

/** PKCS #12, which only a tool can make: null where there is none. `more` are the tool's own options. */
export function makePFX(
  { key, cert }: KeyAndCertificate,
  passphrase: string,
  more: readonly string[] = [],
): Uint8Array | null {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
  try {
    const files = { key: join(folder, 'key'), cert: join(folder, 'cert'), pfx: join(folder, 'pfx') };
    writeFileSync(files.key, key);
    writeFileSync(files.cert, cert);
    const args = [
      '-inkey',
      files.key,
      '-in',
      files.cert,
      '-out',
      files.pfx,
      '-passout',
      `pass:${passphrase}`,
    ];
    const { status } = spawnSync('openssl', ['pkcs12', '-export', ...args, ...more]);
    return status === 0 ? new Uint8Array(readFileSync(files.pfx)) : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export type ServerOf = (world: World) => Promise<Partial<ServerTLS>> | Partial<ServerTLS>;
export type ClientOf = (world: World) => TLSOptions | Promise<TLSOptions>;

/** Of the failure. Null: CONNECTED, and a request works. */
export type Code = string | RegExp | null;

/** A server with a certificate of the root. */
export const leaf =
  (options: LeafOptions = {}): ServerOf =>
  ({ root }) =>
    root.issue(options);

/** A client that trusts the root. */
export const trusting =
  (options: TLSClientOptions = {}): ClientOf =>
  ({ root }) =>
    TLSOptions.client(root.cert, '', options);

/** What a client makes of a server at 127.0.0.1. */
export async function expectOutcome(
  world: World,
  server: ServerOf,
  client: ClientOf,
  code: Code,
  status: Status = Status.TLS_HANDSHAKE_ERROR,
): Promise<void> {
  const { port } = await world.servers.https({ tls: await server(world) });
  const http = new HTTPClient();
  http.connectToHost('127.0.0.1', port, await client(world));
  const passing: Status[] = [Status.CONNECTING, ...(code === null ? [] : [Status.CONNECTED])];
  await pollUntil(http, 'the outcome', () => !passing.includes(http.getStatus()));
  if (code === null) {
    expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    expect((await get(http, '/bytes/1000')).body.length).toBe(1000);
    return;
  }
  expect(http.getLastError()).toMatchObject({ code: expect.stringMatching(code) });
  expect(http.getStatus()).toBe(status);
}
