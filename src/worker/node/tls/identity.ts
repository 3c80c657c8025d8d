import { isIPv6 } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { quoteText } from '../../../shared/quote.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { nodeCrypto, nodeTLS } from './node.ts';

type NameCheck = NonNullable<ConnectionOptions['checkServerIdentity']>;

/**
 * Node's check of the names in a certificate, except that it ignores the common name. That "MUST NOT be used" (RFC 9110
 * section 4.3.4), and no browser uses it. Node compares whole names: one with a NUL or a line end in it equals no host.
 */
export function checkName(name: string): NameCheck {
  const { checkServerIdentity } = nodeTLS();
  const { X509Certificate } = nodeCrypto();
  // A zone (RFC 4007) means something on this machine only, and is in no certificate. For an address with a zone,
  // checkIP() would throw where nobody can catch it.
  const address = isIPv6(name) ? name.replace(/%.*/, '') : null;
  return (_host, certificate) => {
    // The check of Node 22.23 takes an IPv6 address for an empty name, and so matches nothing.
    if (address !== null && new X509Certificate(certificate.raw).checkIP(address) !== undefined)
      return undefined;
    const unnamed = { ...certificate, subject: { ...certificate.subject, CN: '' } };
    return checkServerIdentity(name, unnamed) && mismatch(name, certificate.subjectaltname);
  };
}

/** Replaces Node's error, which does not list the certificate's names if the host is an address. */
function mismatch(name: string, names = ''): ConnectionError {
  const cause =
    names === ''
      ? `the certificate has no names (subjectAltName), so it is not valid for ${quoteText(name)}; ` +
        'the server needs a certificate with its name in it'
      : `the certificate is for ${quoteText(names)}, not for ${quoteText(name)}; ${OVERRIDE}`;
  return new ConnectionError('ERR_TLS_CERT_ALTNAME_INVALID', cause);
}

const OVERRIDE = "if one of these names is the server's, give it to TLSOptions.client(pem, 'name')";
