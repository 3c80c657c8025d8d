import { createRequire } from 'node:module';
import { connect as connectPlain, isIP, isIPv6, type OnReadOpts, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { domainToASCII } from 'node:url';
import type { TLSSettings } from '../shared/messages.ts';

/**
 * The name or address to connect to, in the form of DNS; empty if `host` is neither. Anything that is not just a host
 * (a path, a port, a user) is caught here, since it would be looked up as a name.
 */
export function normaliseHost(host: string): string {
  if (isIP(host)) return host;
  // Up to one of these domainToASCII() takes a URL apart and drops the rest, or decodes it.
  return /[/\\?#%]/.test(host) ? '' : domainToASCII(host);
}

/**
 * Node tries one address after the other, and gives each but the last so many milliseconds. Its own 250 are less than
 * a round trip on a slow line.
 */
const ADDRESSES = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2000 };

class InvalidCA extends Error {
  readonly code = 'INVALID_CA';
}

/** Both take some 5 ms to load, and a thread that never does TLS starts sooner without them. */
const require = createRequire(import.meta.url);
const loadTLS = (): typeof import('node:tls') => require('node:tls');

/** Opens a socket whose reads go where `onread` says. All addresses of a name are tried. */
export function openSocket(host: string, port: number, tls: TLSSettings | null, onread: OnReadOpts): Socket {
  const options = { host, port, onread, ...ADDRESSES, noDelay: true };
  if (!tls) return connectPlain(options);
  return loadTLS().connect({ ...options, ...verification(host, tls) });
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
