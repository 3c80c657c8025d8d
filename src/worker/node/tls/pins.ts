import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { ConnectionError } from '../../connection/connection-error.ts';
import { nodeCrypto } from './node.ts';

/**
 * The pins of the keys that vouch for a connection: that of the server's certificate, and with `issuers` those of all
 * authorities above it. A server sends certificates in any order (RFC 8446 section 4.4.2), and anyone may add that of a
 * pinned authority to them. Only a signature made with its key proves that an authority stands above a certificate.
 */
export function pinsOf(socket: TLSSocket, issuers: boolean): string[] {
  const path: X509Certificate[] = [];
  for (const certificate of namedChain(socket)) {
    const child = path.at(-1);
    if (child && !(issuers && hasSigned(certificate, child))) break;
    path.push(certificate);
  }
  return path.flatMap((certificate) => pinOf(certificate) ?? []);
}

/**
 * The certificates from the server's own up to the root, which OpenSSL has found in its store. Only their names put
 * them in order. getPeerX509Certificate() can't be used: it removes the certificate that it returns from the
 * connection's list (Node 20 to 24).
 */
function* namedChain(socket: TLSSocket): Generator<X509Certificate> {
  const { X509Certificate } = nodeCrypto();
  let at = socket.getPeerCertificate(true);
  for (let count = 0; count < MOST && at?.raw; count++) {
    yield new X509Certificate(at.raw);
    if (at.issuerCertificate === at) return;
    at = at.issuerCertificate;
  }
}

/** Certificates. More than in any chain: a server may send hundreds, and each takes time. */
const MOST = 10;

function hasSigned(issuer: X509Certificate, child: X509Certificate): boolean {
  try {
    return issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey);
  } catch {
    // A kind of key that this OpenSSL does not know.
    return false;
  }
}

/** The pin of a certificate's key (RFC 7469 section 2.4). Null for a kind of key that this OpenSSL does not know. */
function pinOf(certificate: X509Certificate): string | null {
  try {
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
    return `sha256/${nodeCrypto().createHash('sha256').update(key).digest('base64')}`;
  } catch {
    return null;
  }
}

/**
 * Throws unless one of the `wanted` pins is among those that the connection `has`. The first of these is the server's.
 */
export function checkPins(wanted: readonly string[], has: readonly string[]): void {
  if (wanted.length === 0 || wanted.some((pin) => has.includes(pin))) return;
  const pins = wanted.length === 1 ? 'does not match the pin' : `matches none of the ${wanted.length} pins`;
  const own = has[0] ?? 'unknown';
  throw new ConnectionError(
    'CERT_PIN_MISMATCH',
    `the server's key ${pins} in TLSOptions: its own pin is ${own}`,
  );
}
