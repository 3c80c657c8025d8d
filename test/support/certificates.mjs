/**
 * Certificates made when they are needed: nothing secret in the repository, nothing that expires in it.
 * ECDSA P-256, because a key takes a millisecond.
 */
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/**
 * @typedef {object} LeafOptions
 * @property {string} [commonName] default: the first name, or `localhost`
 * @property {readonly string[]} [dnsNames] default: `localhost`
 * @property {readonly string[]} [ipAddresses] default: `127.0.0.1`, `::1`
 * @property {readonly ('serverAuth' | 'clientAuth')[]} [purposes] default: `serverAuth`
 * @property {number} [bits] of an RSA key, where it is not to be ECDSA
 * @property {'SHA-1'} [hash] of the signature; default: SHA-256
 * @property {boolean} [namesKey] says by which of its issuer's keys it was signed; default: true
 * @property {Date} [notBefore] default: yesterday
 * @property {Date} [notAfter] default: in 30 days
 */

/**
 * What a server needs, as PEM.
 * @typedef {{ key: string, cert: string }} KeyAndCertificate
 */

/**
 * @typedef {object} Authority
 * @property {string} cert the root certificate, as PEM: what a client has to trust
 * @property {string} key
 * @property {(options?: LeafOptions) => Promise<KeyAndCertificate>} issue makes a leaf signed by this authority
 * @property {(commonName: string) => Promise<Authority>} delegate makes an authority below this one
 * @property {(revoked: readonly string[], times?: { thisUpdate?: Date, nextUpdate?: Date }) => Promise<string>} revoke
 *   makes a revocation list of these certificates, as PEM
 */

const DAY = 24 * 60 * 60 * 1000;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

x509.cryptoProvider.set(webcrypto);

/**
 * A root authority that signs leaves.
 * @param {{ commonName?: string }} [options]
 * @returns {Promise<Authority>}
 */
export async function makeAuthority({ commonName = 'tickhttp test root' } = {}) {
  const keys = await makeKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...frame({ commonName }),
    keys,
    signingAlgorithm: SIGNING,
    extensions: await authorityExtensions(keys),
  });
  return authority(root, keys);
}

/**
 * @param {x509.X509Certificate} certificate
 * @param {webcrypto.CryptoKeyPair} keys
 * @returns {Authority}
 */
function authority(certificate, keys) {
  return {
    cert: pem(certificate),
    key: privatePem(keys),
    issue: (options = {}) => issue(certificate, keys, options),
    delegate: (commonName) => delegate(certificate, keys, commonName),
    revoke: (revoked, times = {}) => revoke(certificate, keys, revoked, times),
  };
}

/** @param {webcrypto.CryptoKeyPair} keys */
async function authorityExtensions({ publicKey }) {
  const { KeyUsageFlags: Usage } = x509;
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(Usage.keyCertSign | Usage.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/**
 * @param {x509.X509Certificate} above
 * @param {webcrypto.CryptoKeyPair} keysAbove
 * @param {string} commonName
 */
async function delegate(above, keysAbove, commonName) {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...frame({ commonName }),
    issuer: above.subject,
    publicKey: keys.publicKey,
    signingKey: keysAbove.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      ...(await authorityExtensions(keys)),
      await x509.AuthorityKeyIdentifierExtension.create(keysAbove.publicKey),
    ],
  });
  return authority(certificate, keys);
}

/**
 * @param {x509.X509Certificate} issuer
 * @param {webcrypto.CryptoKeyPair} keys
 * @param {readonly string[]} revoked
 * @param {{ thisUpdate?: Date, nextUpdate?: Date }} times
 */
async function revoke(issuer, keys, revoked, { thisUpdate, nextUpdate }) {
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate: thisUpdate ?? new Date(Date.now() - DAY),
    nextUpdate: nextUpdate ?? new Date(Date.now() + DAY),
    entries: revoked.map((certificate) => ({
      serialNumber: new x509.X509Certificate(certificate).serialNumber,
    })),
    signingKey: keys.privateKey,
    signingAlgorithm: SIGNING,
  });
  // The library's label is not that of RFC 7468.
  return pem(list).replaceAll(' CRL-----', ' X509 CRL-----');
}

/**
 * A server certificate that no authority vouches for.
 * @param {LeafOptions} [options]
 * @returns {Promise<KeyAndCertificate>}
 */
export async function makeSelfSigned(options = {}) {
  const keys = await makeKeys(options.bits);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    ...frame(options),
    keys,
    signingAlgorithm: options.bits === undefined ? SIGNING : RSA,
    extensions: serverExtensions(options),
  });
  return { key: privatePem(keys), cert: pem(cert) };
}

/**
 * @param {x509.X509Certificate} root
 * @param {webcrypto.CryptoKeyPair} rootKeys
 * @param {LeafOptions} options
 */
async function issue(root, rootKeys, options) {
  const keys = await makeKeys(options.bits);
  const { subject: name, ...rest } = frame(options);
  const cert = await x509.X509CertificateGenerator.create({
    ...rest,
    subject: name,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: { ...SIGNING, hash: options.hash ?? SIGNING.hash },
    extensions: [
      ...serverExtensions(options),
      ...(options.namesKey === false
        ? []
        : [await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey)]),
    ],
  });
  return { key: privatePem(keys), cert: pem(cert) };
}

/**
 * What every certificate has.
 * @param {LeafOptions} options
 */
function frame({ commonName, dnsNames, ipAddresses, notBefore, notAfter }) {
  const name = commonName ?? dnsNames?.[0] ?? ipAddresses?.[0] ?? 'localhost';
  const subject = [{ CN: [name] }];
  return {
    subject,
    name: subject,
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    notBefore: notBefore ?? new Date(Date.now() - DAY),
    notAfter: notAfter ?? new Date(Date.now() + 30 * DAY),
  };
}

/** @param {LeafOptions} options */
function serverExtensions({ dnsNames, ipAddresses, purposes = ['serverAuth'] }) {
  // A caller that names one kind means that kind only: a certificate for a wrong name must not match by address.
  const byDefault = dnsNames === undefined && ipAddresses === undefined;
  const dns = dnsNames ?? (byDefault ? ['localhost'] : []);
  const ip = ipAddresses ?? (byDefault ? ['127.0.0.1', '::1'] : []);
  const names = [
    ...dns.map((value) => new x509.GeneralName('dns', value)),
    ...ip.map((value) => new x509.GeneralName('ip', value)),
  ];
  return [
    new x509.BasicConstraintsExtension(false),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(purposes.map((purpose) => x509.ExtendedKeyUsage[purpose])),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}

/** @param {number} [bits] */
function makeKeys(bits) {
  if (bits !== undefined) {
    const algorithm = { ...RSA, modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) };
    return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  }
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

/** @param {webcrypto.CryptoKeyPair} keys */
function privatePem({ privateKey }) {
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @param {{ toString(format: 'pem'): string }} data */
function pem(data) {
  // Blocks are put together by adding them up.
  return `${data.toString('pem')}\n`;
}
