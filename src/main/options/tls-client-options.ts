import { copyOf } from '../../shared/copy.ts';
import { isArray, isBytes } from '../../shared/kinds.ts';
import { quoteText } from '../../shared/quote.ts';
import type { Material, PEMorDER, TLSSettings, TLSVersion } from '../../shared/settings.ts';
import {
  bytesOf,
  copyArray,
  requireBoolean,
  requireInteger,
  requireKnown,
  requireObject,
  requireSecret,
  requireString,
  stringsOf,
  withoutText,
} from './arguments.ts';

/**
 * The options of a TLS connection that are not parameters of {@link TLSOptions.client}. PEM is text or bytes, DER is
 * bytes. A wrong type throws `TypeError`. The worker looks at the content: if that is invalid, the connection ends in
 * TLS_HANDSHAKE_ERROR, with a code such as INVALID_CERTIFICATE.
 */
export interface TLSClientOptions {
  /** The client's own certificate, followed by its intermediates. Needs `key`. Default: none. */
  certificate?: Material;
  /** The private key of `certificate`: PKCS #8, PKCS #1 or SEC 1. Needs `certificate`. Default: none. */
  key?: PEMorDER;
  /**
   * Certificate and key in one, as PKCS #12 (`.pfx`, `.p12`), instead of `certificate` and `key`. Node also trusts the
   * authorities inside it. Default: none.
   */
  pfx?: Uint8Array;
  /** Decrypts `key` or `pfx`. Default: none. */
  passphrase?: string;
  /**
   * The oldest version that is accepted. Default `'TLSv1.2'`. `'TLSv1'` and `'TLSv1.1'` also need
   * `ciphers: 'DEFAULT@SECLEVEL=0'`.
   */
  minVersion?: TLSVersion;
  /** The newest version that is accepted. Default `'TLSv1.3'`. One below `minVersion` throws `RangeError`. */
  maxVersion?: TLSVersion;
  /**
   * The protocols that are offered (ALPN, RFC 7301), best first. Default `['http/1.1']`; `[]` offers none. If the
   * server chooses `h2`, the handshake fails.
   */
  alpnProtocols?: readonly string[];
  /**
   * The name that is sent to the server (SNI, RFC 6066). Default: the `commonNameOverride`, else the host. An IP
   * address is not sent.
   */
  serverName?: string;
  /**
   * Pins of public keys, each `'sha256/BASE64'` of a SubjectPublicKeyInfo. On every connection one of them must be in
   * the server's chain, else it ends in TLS_HANDSHAKE_ERROR, code `CERT_PIN_MISMATCH`. If the chain is verified, the
   * key of any certificate in it will do, else only that of the server's own. Default: no pins. An empty list throws
   * `TypeError`.
   */
  pins?: readonly string[];
  /**
   * Certificate revocation lists (CRLs) that are valid now: one from each authority in the chain, including the root.
   * Default: none, and revocation is not checked.
   */
  revocationLists?: Material;
  /** The ciphers, as a list in OpenSSL's format. Default: Node's. */
  ciphers?: string;
  /**
   * The groups for the key exchange, best first, separated by `:` (`'X25519:P-256'`). Default: OpenSSL's, which from
   * Node 24 on begin with a post-quantum group. That makes the first message of a handshake too large for some machines
   * on the way: they reset the connection, or the handshake never ends. `'X25519'` makes it small again. A name that
   * OpenSSL does not know is TLS_HANDSHAKE_ERROR, code `INVALID_ECDH_CURVE`.
   */
  ecdhCurve?: string;
  /**
   * OpenSSL's options for a connection: the sum of `SSL_OP_*` bits from `node:crypto`'s `constants`, such as
   * `SSL_OP_LEGACY_SERVER_CONNECT` for a server without secure renegotiation. 0 or more; default 0, which changes
   * nothing. Combine bits as `(a | b) >>> 0`: with `a | b` the highest bit makes a negative number.
   */
  secureOptions?: number;
  /**
   * Whether a certificate of `trustedChain` ends the chain even if it is not a root. Then it is enough to trust an
   * intermediate, or the server's own certificate. Default false.
   */
  allowPartialTrustChain?: boolean;
  /**
   * The roots to trust if no `trustedChain` is given: those that come with Node (`'bundled'`, the default), or those of
   * the operating system (`'system'`), which each worker thread reads once. In both cases the certificates in the file
   * that the environment variable `NODE_EXTRA_CA_CERTS` named when the program started are trusted too.
   *
   * Node's `tls.setDefaultCACertificates()` affects only the thread that calls it, so no connection of tickhttp. Pass
   * its certificates as the chain: `TLSOptions.client(tls.getCACertificates('default'))`.
   */
  roots?: 'bundled' | 'system';
}

/**
 * The options, complete and copied. Throws `TypeError`, which names the option; `RangeError` for versions that exclude
 * each other.
 */
export function normaliseTLSClientOptions(
  options: TLSClientOptions,
): Omit<TLSSettings, 'verify' | OwnParameter> {
  requireObject('options', options);
  requireKnown('TLSOptions.', options, OPTIONS);
  // Each is read once: a getter may return something else the next time.
  const { certificate, key, pfx, passphrase, minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = options;
  const { alpnProtocols = ['http/1.1'], serverName = '', pins } = options;
  const { revocationLists, ciphers, ecdhCurve, secureOptions = 0 } = options;
  const { allowPartialTrustChain = false, roots = 'bundled' } = options;
  requireTogether({ certificate, key, pfx, passphrase });
  requireVersions(minVersion, maxVersion);
  requireName('serverName', serverName);
  if (passphrase !== undefined) requireSecret('passphrase', passphrase);
  if (ciphers !== undefined) requireString('ciphers', ciphers);
  if (ecdhCurve !== undefined) requireCurves(ecdhCurve);
  requireInteger('secureOptions', secureOptions, 0, Number.MAX_SAFE_INTEGER);
  requireBoolean('allowPartialTrustChain', allowPartialTrustChain);
  if (roots !== 'bundled' && roots !== 'system') throw mustBe('roots', "'bundled' or 'system'", roots);
  return {
    certificate: certificate === undefined ? null : copyMaterial('certificate', certificate),
    key: key === undefined ? null : copyOne('key', key),
    pfx: pfx === undefined ? null : copyOf(bytesOf('pfx', pfx)),
    passphrase: passphrase ?? null,
    minVersion,
    maxVersion,
    alpnProtocols: normaliseProtocols(alpnProtocols),
    serverName,
    pins: pins === undefined ? [] : normalisePins(pins),
    revocationLists: revocationLists === undefined ? null : copyMaterial('revocationLists', revocationLists),
    ciphers: ciphers ?? null,
    ecdhCurve: ecdhCurve ?? null,
    secureOptions,
    allowPartialTrustChain,
    roots,
  };
}

/** What `TLSOptions.client()` takes as parameters, besides the options. */
type OwnParameter = 'trustedChain' | 'commonNameOverride';

/** `satisfies` keeps this list complete. */
const OPTIONS = {
  certificate: true,
  key: true,
  pfx: true,
  passphrase: true,
  minVersion: true,
  maxVersion: true,
  alpnProtocols: true,
  serverName: true,
  pins: true,
  revocationLists: true,
  ciphers: true,
  ecdhCurve: true,
  secureOptions: true,
  allowPartialTrustChain: true,
  roots: true,
} satisfies Record<keyof TLSClientOptions, true>;

function normaliseProtocols(given: unknown): string[] {
  const protocols = stringsOf('alpnProtocols', given);
  protocols.forEach((name, index) => {
    if (!/^[\x21-\x7e]{1,255}$/.test(name))
      throw mustBe(`alpnProtocols[${index}]`, 'the name of a protocol', name);
  });
  return protocols;
}

function normalisePins(given: unknown): string[] {
  const pins = stringsOf('pins', given);
  // If a program loses the entries of a list, the empty list must not mean that any key will do.
  if (pins.length === 0) throw new TypeError('pins must have at least one pin, or be left out');
  pins.forEach((pin, index) => {
    if (!/^sha256\/[A-Za-z0-9+/]{43}=$/.test(pin))
      throw mustBe(`pins[${index}]`, "'sha256/' and 44 digits of base64", pin);
  });
  return pins;
}

function requireTogether({ certificate, key, pfx, passphrase }: Record<string, unknown>): void {
  if ((certificate === undefined) !== (key === undefined)) {
    const [given, missing] = key === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
    throw new TypeError(`${given} has no effect without ${missing}`);
  }
  if (pfx !== undefined && key !== undefined)
    throw new TypeError('pfx holds a certificate and its key: give either pfx, or certificate and key');
  if (passphrase !== undefined && key === undefined && pfx === undefined)
    throw new TypeError('passphrase has no effect without key or pfx');
}

/** Only OpenSSL knows the names. Some of its versions would take an empty list for the default. */
function requireCurves(value: unknown): void {
  requireString('ecdhCurve', value);
  if (!/^[\x21-\x7e]+$/.test(value)) throw mustBe('ecdhCurve', "names of curves, separated by ':'", value);
}

const VERSIONS: readonly unknown[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] satisfies TLSVersion[];

function requireVersions(minVersion: unknown, maxVersion: unknown): void {
  for (const [name, version] of Object.entries({ minVersion, maxVersion })) {
    if (!VERSIONS.includes(version)) throw mustBe(name, `one of ${VERSIONS.join(', ')}`, version);
  }
  if (VERSIONS.indexOf(minVersion) > VERSIONS.indexOf(maxVersion))
    throw new RangeError(`minVersion must not be above maxVersion (${maxVersion}), but is ${minVersion}`);
}

/** A name is sent in a handshake, or compared with one in a certificate. It must not contain invisible characters. */
export function requireName(name: string, value: unknown): asserts value is string {
  requireString(name, value);
  const unsafe = /[\x00-\x20\x7f]/.exec(value);
  if (unsafe === null) return;
  // The text may be a key that was given in place of the name.
  const where = `but has ${quoteText(unsafe[0])} at index ${unsafe.index}`;
  throw new TypeError(`${name} must be a name without spaces and control characters, ${where}`);
}

/** A copy, so that nobody can change the options by changing what was given. */
export function copyMaterial(name: string, value: unknown): Material {
  if (!isArray(value)) return copyOne(name, value);
  return copyArray(value, (part, index) => copyOne(`${name}[${index}]`, part));
}

function copyOne(name: string, value: unknown): PEMorDER {
  if (typeof value === 'string') return value;
  if (isBytes(value)) return copyOf(bytesOf(name, value));
  throw mustBe(name, 'PEM as a string, or PEM or DER as a Uint8Array', value);
}

function mustBe(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${withoutText(value, /^[\w.-]{0,8}$/)}`);
}
