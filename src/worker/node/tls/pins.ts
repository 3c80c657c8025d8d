import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { ConnectionError } from '../../connection/connection-error.ts';
import { nodeCrypto } from './node.ts';

/**
 * Pins of the keys that speak for a connection's certificate: its own, and with `issuers` of everybody above it whose
 * signature is on the way up. What a server sends is not a chain but a heap (RFC 8446 section 4.4.2), to which anyone
 * may add the certificate of a pinned authority: only a signature made with its key says that it stands above.
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
 * From the server's own up to the root, which OpenSSL has found in its store; put in order by their names alone. Not by
 * getPeerX509Certificate(): it takes the certificate that it returns off the connection's list (Node 20 to 24).
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

/** Longer than any chain; a server may send hundreds of certificates, and each takes its time. */
const MOST = 10;

function hasSigned(issuer: X509Certificate, child: X509Certificate): boolean {
  try {
    return issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey);
  } catch {
    // A kind of key that this OpenSSL does not know.
    return false;
  }
}

/** RFC 7469 section 2.4; null for a kind of key that this OpenSSL does not know. */
function pinOf(certificate: X509Certificate): string | null {
  try {
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
    return `sha256/${nodeCrypto().createHash('sha256').update(key).digest('base64')}`;
  } catch {
    return null;
  }
}

/** Throws unless one of the `wanted` pins is among those that the connection `has`, the server's own first. */
export function checkPins(wanted: readonly string[], has: readonly string[]): void {
  if (wanted.length === 0 || wanted.some((pin) => has.includes(pin))) return;
  const count = wanted.length === 1 ? 'the pin' : `any of the ${wanted.length} pins`;
  const own = has[0] ?? 'none';
  throw new ConnectionError(
    'CERT_PIN_MISMATCH',
    `the server's key is not ${count} in TLSOptions: its pin is ${own}`,
  );
}
