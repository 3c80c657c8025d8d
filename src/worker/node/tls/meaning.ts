/** Deno has the same code for nearly everything that rustls finds wrong with a certificate. */
const DENO_TELLS_LESS =
  process.versions.deno === undefined
    ? ''
    : '; or the certificate has expired, is not valid yet, or is not meant for servers: Deno does not tell which';
const ISSUER =
  "the certificate's issuer is not trusted, or the server did not send an intermediate certificate; " +
  `trust the issuer with TLSOptions.client(pem)${DENO_TELLS_LESS}`;
const NO_ROOT =
  'the chain does not end in a trusted root; trust the root, or trust a certificate below it with ' +
  'allowPartialTrustChain of TLSOptions';
const VERSIONS =
  'the two sides have no version of TLS in common; see minVersion and maxVersion of TLSOptions';
const HANDSHAKE =
  'the two sides have no cipher or curve in common, or the other side wants a client certificate; see ciphers, ' +
  'ecdhCurve and certificate of TLSOptions';
const CERTIFICATE_WANTED = 'the other side wants a client certificate; set certificate and key of TLSOptions';
const CERTIFICATE_REFUSED = 'the other side does not accept the client certificate';
const NO_PROTOCOL =
  'the other side speaks none of the protocols in alpnProtocols of TLSOptions; it may speak HTTP/2 only';
const WRONG_PURPOSE =
  'the certificate is not meant for servers; the server needs a certificate with the purpose serverAuth';

/**
 * What failures of TLS mean, for people. The keys are Node's codes for what this side found wrong, and OpenSSL's names
 * of the alerts that the other side sent. OpenSSL 3.5, in Node 24, has renamed some of the alerts.
 */
export const TLS_MEANING: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the certificate is self-signed and not trusted; trust it with TLSOptions.client(pem)',
  SELF_SIGNED_CERT_IN_CHAIN:
    "the root of the certificate's chain is not trusted; trust it with TLSOptions.client(pem)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: NO_ROOT,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ISSUER,
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: "the certificate is not valid yet, or this machine's clock is wrong",
  CERT_REVOKED: 'the certificate was revoked by its issuer',
  UNABLE_TO_GET_CRL:
    'revocationLists lacks the list of an authority in the chain; give a list for each of them, the root included',
  CRL_HAS_EXPIRED: 'a list in revocationLists has expired; give a newer one',
  CRL_NOT_YET_VALID: 'a list in revocationLists is not valid yet',
  CRL_SIGNATURE_FAILURE: 'a list in revocationLists was not signed by the authority that it names',
  INVALID_PURPOSE: WRONG_PURPOSE,
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side does not speak TLS on that port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the other side does not speak TLS on that port',
  ERR_SSL_NO_CIPHER_MATCH: 'OpenSSL knows none of the ciphers in TLSOptions',
  ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
    'the other side does not support secure renegotiation (RFC 5746); to connect anyway, set secureOptions of ' +
    "TLSOptions: SSL_OP_LEGACY_SERVER_CONNECT of node:crypto's constants",
  ERR_SSL_DH_KEY_TOO_SMALL:
    "the other side's Diffie-Hellman key is too weak; the other side needs a longer one, or exclude DHE with " +
    "ciphers: 'DEFAULT:!DHE' of TLSOptions",
  ERR_SSL_UNSUPPORTED_PROTOCOL: VERSIONS,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: VERSIONS,
  ERR_SSL_TLS_ALERT_PROTOCOL_VERSION: VERSIONS,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: HANDSHAKE,
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': HANDSHAKE,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CERTIFICATE_WANTED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CERTIFICATE_REFUSED,
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': CERTIFICATE_REFUSED,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: NO_PROTOCOL,
};

/** In Node 24 and later (OpenSSL 3.5), the first message of a handshake contains post-quantum keys. */
export const LARGE_HELLO =
  'some firewalls drop the large first message of Node 24 and later: ' +
  "unless you have set it, try ecdhCurve: 'X25519' of TLSOptions";

const BROKEN_OFF =
  'the other side broke off the handshake without saying why; it may want another client certificate, or none, or ' +
  LARGE_HELLO;

/** What the general codes of connections mean during a handshake. */
export const HANDSHAKE_MEANING: Record<string, string> = {
  ECONNRESET: BROKEN_OFF,
  EPIPE: BROKEN_OFF,
  CONNECTION_CLOSED: BROKEN_OFF,
};
