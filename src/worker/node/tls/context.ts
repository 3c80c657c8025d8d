import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { LRUCache } from 'lru-cache';
import type { FailureCode } from '../../../shared/failure.ts';
import { quoteText } from '../../../shared/quote.ts';
import type { TLSSettings } from '../../../shared/settings.ts';
import { ConnectionError, reasonOf } from '../../connection/connection-error.ts';
import { openCache } from '../lru-cache.ts';
import { certificates, OLD_CIPHER, privateKey, revocationLists } from './material.ts';
import { nodeCrypto, nodeTLS } from './node.ts';
import { systemRoots } from './roots.ts';
import { weakness } from './weakness.ts';

/** A digest of the options. Options of equal content have equal digests, whatever objects they came in. */
export function keyOf(settings: TLSSettings): string {
  const text = JSON.stringify(settings, (_name, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
  );
  return nodeCrypto().createHash('sha256').update(text).digest('base64');
}

/** Kept, since a file of a hundred authorities takes milliseconds to parse, and the thread's other connections wait. */
let contexts: LRUCache<string, SecureContext> | undefined;

/** What OpenSSL needs for connections with these settings. Throws for invalid material. */
export function contextOf(key: string, settings: TLSSettings): SecureContext {
  contexts ??= openCache({ max: 32 });
  const known = contexts.get(key);
  if (known) return known;
  const context = nodeTLS().createSecureContext(contextOptions(settings));
  contexts.set(key, context);
  return context;
}

function contextOptions(settings: TLSSettings): SecureContextOptions {
  if (process.versions.deno !== undefined) requireHeeded(settings);
  const { minVersion, maxVersion, secureOptions, allowPartialTrustChain } = settings;
  const ca = trustedRoots(settings);
  const ciphers = cipherList(settings);
  return {
    minVersion,
    maxVersion,
    secureOptions,
    allowPartialTrustChain,
    ...ciphers,
    ...curves(settings),
    ...(ca === null ? {} : { ca }),
    ...crl(settings),
    ...clientCertificate(settings, ciphers),
  };
}

/** Deno accepts these options and ignores them: it would connect to a server that they rule out. */
function requireHeeded({ ciphers, ecdhCurve, revocationLists, secureOptions }: TLSSettings): void {
  const options = { ciphers, ecdhCurve, secureOptions, revocationLists };
  const [ignored] = Object.entries(options).find(([, value]) => value) ?? [];
  if (ignored === undefined) return;
  throw new ConnectionError(
    'UNSUPPORTED_OPTION',
    `Deno ignores ${ignored} of TLSOptions: leave it out, or use Node`,
  );
}

/** The list is tried by itself: together with other options, a failure could be the fault of one of those. */
function cipherList({ ciphers }: TLSSettings): Ciphers {
  if (ciphers === null) return {};
  nodeTLS().createSecureContext({ ciphers, ca: [] });
  return { ciphers };
}

type Ciphers = Pick<SecureContextOptions, 'ciphers'>;

function curves({ ecdhCurve }: TLSSettings): Pick<SecureContextOptions, 'ecdhCurve'> {
  if (ecdhCurve === null) return {};
  check({ ecdhCurve }, () => {
    const known = `is not a list of curves that OpenSSL ${process.versions.openssl} knows`;
    const advice = "give 'X25519' or 'X25519:P-256', for example";
    return new ConnectionError('INVALID_ECDH_CURVE', `ecdhCurve ${quoteText(ecdhCurve)} ${known}: ${advice}`);
  });
  return { ecdhCurve };
}

/** Null: Node's own roots. Never an empty list, for which Node would use its own roots too. */
function trustedRoots({ trustedChain, roots, verify }: TLSSettings): string[] | null {
  if (trustedChain !== null)
    return certificates('trustedChain', 'INVALID_CA', trustedChain).map((root) => root.toString());
  return roots === 'system' && verify ? systemRoots() : null;
}

function crl(settings: TLSSettings): Pick<SecureContextOptions, 'crl'> {
  if (settings.revocationLists === null) return {};
  const lists = revocationLists(settings.revocationLists);
  // Tried by itself: createSecureContext() does not say which of its many options is wrong.
  check({ crl: lists }, (reason) => invalid('INVALID_CRL', 'revocationLists cannot be read', reason));
  return { crl: lists };
}

/** `ciphers` may contain OpenSSL's security level, which says how long a key must be. */
function clientCertificate(settings: TLSSettings, ciphers: Ciphers): SecureContextOptions {
  const { certificate, key, pfx, passphrase } = settings;
  if (pfx !== null) {
    const options = { pfx: Buffer.from(pfx), ...(passphrase === null ? {} : { passphrase }) };
    check({ ...ciphers, ...options }, (reason) => weakness(reason, 'own') ?? invalidPFX(reason, passphrase));
    return options;
  }
  if (certificate === null || key === null) return {};
  const chain = certificates('certificate', 'INVALID_CERTIFICATE', certificate);
  const secret = privateKey(key, passphrase);
  if (!chain[0]?.checkPrivateKey(secret)) {
    const advice = "the client's own must come first, then its issuers";
    throw new ConnectionError(
      'INVALID_KEY',
      `key does not belong to the first certificate in certificate: ${advice}`,
    );
  }
  const cert = chain.map(String).join('');
  const pem = secret.export({ type: 'pkcs8', format: 'pem' }).toString();
  // OpenSSL has further rules, such as the least length of a key.
  check(
    { ...ciphers, cert, key: pem },
    (reason) =>
      weakness(reason, 'own') ?? invalid('INVALID_CERTIFICATE', 'certificate cannot be used', reason),
  );
  return { cert, key: pem };
}

function invalidPFX(reason: string, passphrase: string | null): ConnectionError {
  const problem = /unsupported/i.test(reason)
    ? `pfx is encrypted with an old cipher; ${OLD_CIPHER}`
    : !/mac verify/i.test(reason)
      ? 'pfx cannot be read; is it PKCS #12?'
      : passphrase === null
        ? 'pfx cannot be read without its passphrase'
        : 'pfx cannot be read; is the passphrase right?';
  return invalid('INVALID_PFX', problem, reason);
}

function invalid(code: FailureCode, problem: string, reason: string): ConnectionError {
  return new ConnectionError(code, `${problem} (${reason})`);
}

/** Throws the error that `refusal` makes of OpenSSL's reason, if OpenSSL does not accept the options. */
function check(options: SecureContextOptions, refusal: (reason: string) => ConnectionError): void {
  try {
    nodeTLS().createSecureContext({ ...options, ca: [] });
  } catch (error) {
    throw refusal(reasonOf(error));
  }
}
