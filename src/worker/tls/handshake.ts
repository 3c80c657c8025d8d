import { createRequire } from 'node:module';
import { isIP, isIPv6, type Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { TLSSettings } from '../../shared/messages.ts';

export interface Secured {
  readonly cut: () => boolean;
}

class InvalidCA extends Error {
  readonly code = 'INVALID_CA';
}

/** Both take some 5 ms to load, and a thread that never does TLS starts sooner without them. */
const require = createRequire(import.meta.url);
const loadTLS = (): typeof import('node:tls') => require('node:tls');

export function startTLS(
  place: ConnectionOptions,
  { host, settings }: { readonly host: string; readonly port: number; readonly settings: TLSSettings },
): TLSSocket {
  return loadTLS().connect({ ...place, ...verification(host, settings) });
}

export function finishTLS(socket: Socket): Promise<Secured> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) reject(socket.errored ?? new Error('closed'));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    socket.once('secureConnect', () => resolve({ cut: () => false }));
  });
}

function verification(
  host: string,
  { verify, trustedChain, commonNameOverride }: TLSSettings,
): ConnectionOptions {
  // Node takes an empty `ca` for none, and would trust its own roots instead.
  if (trustedChain?.trim() === '') throw new InvalidCA('the trusted chain is empty');
  const name = commonNameOverride || host;
  return {
    // The application protocol must be one we speak (RFC 7301); a name in SNI can't be an address (RFC 6066).
    ALPNProtocols: ['http/1.1'],
    ...(isIP(name) ? {} : { servername: name }),
    minVersion: 'TLSv1.2',
    ...(trustedChain === null ? {} : { ca: trustedChain }),
    rejectUnauthorized: verify || trustedChain !== null,
    ...nameCheck(verify, name),
  };
}

function nameCheck(verify: boolean, name: string): Pick<ConnectionOptions, 'checkServerIdentity'> {
  if (!verify) return { checkServerIdentity: () => undefined };
  const { checkServerIdentity } = loadTLS();
  const { X509Certificate }: typeof import('node:crypto') = require('node:crypto');
  return {
    checkServerIdentity: (_host, certificate) =>
      // Node 22.23's own check takes an IPv6 address for an empty name, and matches nothing.
      isIPv6(name) && new X509Certificate(certificate.raw).checkIP(name) !== undefined
        ? undefined
        : checkServerIdentity(name, certificate),
  };
}
