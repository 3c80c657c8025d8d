import { isIPv6 } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { quoteText } from '../../../shared/quote.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { nodeCrypto, nodeTLS } from './node.ts';

type NameCheck = NonNullable<ConnectionOptions['checkServerIdentity']>;

/**
 * Node's check of the name in a certificate, without its common name, which "MUST NOT be used" (RFC 9110 section
 * 4.3.4), as no browser does. Node compares names as a whole: one with a NUL or a line end in it equals no host.
 */
export function checkName(name: string): NameCheck {
  const { checkServerIdentity } = nodeTLS();
  const { X509Certificate } = nodeCrypto();
  // A zone (RFC 4007) is this machine's own and in no certificate; and checkIP() throws for it, where nobody
  // can catch that.
  const address = isIPv6(name) ? name.replace(/%.*/, '') : null;
  return (_host, certificate) => {
    // Node 22.23's own check takes an IPv6 address for an empty name, and matches nothing.
    if (address !== null && new X509Certificate(certificate.raw).checkIP(address) !== undefined)
      return undefined;
    const unnamed = { ...certificate, subject: { ...certificate.subject, CN: '' } };
    return checkServerIdentity(name, unnamed) && mismatch(name, certificate.subjectaltname);
  };
}

/** In the place of Node's error, which leaves names out where an address was looked for. */
function mismatch(name: string, names = ''): ConnectionError {
  const cause =
    names === ''
      ? `the certificate has no names (subjectAltName), so not ${quoteText(name)}; ` +
        'the server needs one that has its name'
      : `the certificate's names are ${quoteText(names)}, not ${quoteText(name)}; ${OVERRIDE}`;
  return new ConnectionError('ERR_TLS_CERT_ALTNAME_INVALID', cause);
}

const OVERRIDE = "if one of them is the server's name, give it to TLSOptions.client(pem, 'name')";
