import { isIPv6 } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { nodeCrypto, nodeTLS } from './node.ts';

type NameCheck = NonNullable<ConnectionOptions['checkServerIdentity']>;

/**
 * Node's check of the name in a certificate, without its common name, which "MUST NOT be used" (RFC 9110 section
 * 4.3.4), as no browser does. Node compares names as a whole: one with a NUL or a line end in it equals no host.
 */
export function checkName(name: string): NameCheck {
  const { checkServerIdentity } = nodeTLS();
  const { X509Certificate } = nodeCrypto();
  // A zone (RFC 4007) is this machine's own and in no certificate; and checkIP() throws for it, where nobody can catch that.
  const address = isIPv6(name) ? name.replace(/%.*/, '') : null;
  return (_host, certificate) => {
    // Node 22.23's own check takes an IPv6 address for an empty name, and matches nothing.
    if (address !== null && new X509Certificate(certificate.raw).checkIP(address) !== undefined)
      return undefined;
    return checkServerIdentity(name, { ...certificate, subject: { ...certificate.subject, CN: '' } });
  };
}
