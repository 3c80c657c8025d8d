import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { nodeCrypto } from './node.ts';
import { TLSError } from './tls-error.ts';

/**
 * Pins of the keys that speak for a connection's certificate: its own, and with `issuers` of everybody above it whose
 * signature is on the way up. What a server sends is not a chain but a heap (RFC 8446 section 4.4.2), to which anyone
 * may add the certificate of a pinned authority: only a signature made with its key says that it stands above.
 */
export function pinsOf(socket: TLSSocket, issuers: boolean): string[] {
  const leaf = socket.getPeerX509Certificate();
  if (!leaf) return [];
  const heap = issuers ? heapOf(socket, leaf) : [];
  const path = [leaf];
  // Grows while it is walked: a certificate's issuer may be there twice, as an authority that another one has signed.
  for (const child of path) {
    path.push(...heap.filter((issuer) => !path.includes(issuer) && hasSigned(issuer, child)));
  }
  return path.flatMap((certificate) => pinOf(certificate) ?? []);
}

/** What the server has sent, and the roots that OpenSSL has found for it in its store. */
function heapOf(socket: TLSSocket, leaf: X509Certificate): X509Certificate[] {
  const { X509Certificate } = nodeCrypto();
  const heap: X509Certificate[] = [];
  for (let at = leaf.issuerCertificate; at && heap.length < MOST; at = at.issuerCertificate) heap.push(at);
  let at = socket.getPeerCertificate(true);
  for (let count = 0; count < MOST && at.issuerCertificate && at.issuerCertificate !== at; count++) {
    at = at.issuerCertificate;
    heap.push(new X509Certificate(at.raw));
  }
  const byFingerprint = new Map(heap.map((certificate) => [certificate.fingerprint256, certificate]));
  return [...byFingerprint.values()];
}

/** Certificates from either source: each may have to be compared with each, and a server may send hundreds. */
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
  throw new TLSError(
    'CERT_PIN_MISMATCH',
    `the server's key is not ${count} in TLSOptions: its pin is ${own}`,
  );
}
