import { copyOf } from '../../shared/copy.ts';
import { isArray, isBytes } from '../../shared/kinds.ts';
import type { Material, PEMorDER, TLSSettings, TLSVersion } from '../../shared/settings.ts';
import {
  bytesOf,
  copyArray,
  describe,
  requireBoolean,
  requireInteger,
  requireKnown,
  requireObject,
  requireSecret,
  requireString,
  stringsOf,
} from './arguments.ts';

/**
 * Options of a TLS connection, beside whom it trusts and under which name. PEM is text or bytes, DER is bytes. The
 * worker looks at their content: if that is invalid, the connection ends in TLS_HANDSHAKE_ERROR, with a code such as
 * INVALID_CERTIFICATE.
 */
export interface TLSClientOptions {
  /** The client's own certificate, with its intermediates behind it. Needs `key`. */
  certificate?: Material;
  /** The private key of `certificate`: PKCS #8, PKCS #1 or SEC 1. */
  key?: PEMorDER;
  /**
   * Certificate and key in one: PKCS #12 (`.pfx`, `.p12`), instead of `certificate` and `key`. Node also trusts the
   * authorities inside it.
   */
  pfx?: Uint8Array;
  /** Decrypts `key` or `pfx`. */
  passphrase?: string;
  /** Default `'TLSv1.2'`. The older ones also need `ciphers: 'DEFAULT@SECLEVEL=0'`. */
  minVersion?: TLSVersion;
  /** Default `'TLSv1.3'`. */
  maxVersion?: TLSVersion;
  /**
   * The protocols that are offered, best first. Default `['http/1.1']`; `[]` offers nothing. If a server chooses `h2`
   * the handshake fails.
   */
  alpnProtocols?: readonly string[];
  /** The name sent to the server (SNI). Default: the override, else the host; an address is not sent (RFC 6066). */
  serverName?: string;
  /**
   * Public keys as `'sha256/BASE64'` of the SubjectPublicKeyInfo: one of them must be in the server's chain. Checked on
   * every connection. Where the chain is verified it may be the key of any certificate in it, else only that of the
   * server's own.
   */
  pins?: readonly string[];
  /** Certificate revocation lists (CRLs) that are valid now: one of each authority in the chain, the root included. */
  revocationLists?: Material;
  /** OpenSSL's cipher list. Default: Node's. */
  ciphers?: string;
  /**
   * The groups for the key exchange, names with `:` between them, best first: `'X25519:P-256'`. Default: OpenSSL's,
   * which from Node 24 on begin with a post-quantum one. That makes the first message of a handshake larger than some
   * machines on the way can take: they break it off, or it never ends. `'X25519'` makes it small again. A name that
   * OpenSSL does not know ends in TLS_HANDSHAKE_ERROR, code `INVALID_ECDH_CURVE`.
   */
  ecdhCurve?: string;
  /**
   * OpenSSL's options for a connection, the `SSL_OP_*` of `node:crypto`'s `constants`, as the sum of their
   * bits: `SSL_OP_LEGACY_SERVER_CONNECT` for a server without secure renegotiation. 0 or more; `|` makes
   * negative numbers of the highest bit, `(a | b) >>> 0` does not. Default 0, which changes nothing.
   */
  secureOptions?: number;
  /**
   * A certificate of `trustedChain` ends the chain, whether or not it is a root: trust in an intermediate, or
   * in the server's own certificate, is enough. Default false.
   */
  allowPartialTrustChain?: boolean;
  /**
   * Whom to trust where no `trustedChain` is given: the roots that come with Node (`'bundled'`, the default),
   * or those of the operating system (`'system'`), which each worker thread reads once. Either way those in
   * the file that the environment variable `NODE_EXTRA_CA_CERTS` names, as it was when the program started,
   * are trusted too.
   *
   * What Node's `tls.setDefaultCACertificates()` sets counts for the thread that calls it only, and so for no
   * connection here. Hand it over as the chain: `TLSOptions.client(tls.getCACertificates('default'))`.
   */
  roots?: 'bundled' | 'system';
}

/**
 * The options, complete and copied. Throws `TypeError`, naming the option; `RangeError` for versions that
 * exclude each other.
 */
export function normaliseTLSClientOptions(
  options: TLSClientOptions,
): Omit<TLSSettings, 'verify' | OwnParameter> {
  requireObject('options', options);
  requireKnown('TLSOptions.', options, OPTIONS);
  // Each is read once: a getter may say something else the next time.
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

/** What `TLSOptions.client()` takes as parameters beside the options. */
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
  // A list that lost its entries on the way must not mean that any key will do.
  if (pins.length === 0) throw new TypeError('pins must hold at least one pin, or be left out');
  pins.forEach((pin, index) => {
    if (!/^sha256\/[A-Za-z0-9+/]{43}=$/.test(pin))
      throw mustBe(`pins[${index}]`, "'sha256/' and 44 digits of base64", pin);
  });
  return pins;
}

function requireTogether({ certificate, key, pfx, passphrase }: Record<string, unknown>): void {
  if ((certificate === undefined) !== (key === undefined)) {
    const [given, missing] = key === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
    throw new TypeError(`${given} is of no use without ${missing}`);
  }
  if (pfx !== undefined && key !== undefined)
    throw new TypeError('pfx holds a certificate and its key: give it, or certificate and key');
  if (passphrase !== undefined && key === undefined && pfx === undefined)
    throw new TypeError('passphrase is of no use without key or pfx');
}

/** Only OpenSSL knows which names there are. An empty list would mean the default to some of its versions. */
function requireCurves(value: unknown): void {
  requireString('ecdhCurve', value);
  if (!/^[\x21-\x7e]+$/.test(value))
    throw mustBe('ecdhCurve', "names of curves, with ':' between them", value);
}

const VERSIONS: readonly unknown[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] satisfies TLSVersion[];

function requireVersions(minVersion: unknown, maxVersion: unknown): void {
  for (const [name, version] of Object.entries({ minVersion, maxVersion })) {
    if (!VERSIONS.includes(version)) throw mustBe(name, `one of ${VERSIONS.join(', ')}`, version);
  }
  if (VERSIONS.indexOf(minVersion) > VERSIONS.indexOf(maxVersion))
    throw new RangeError(`minVersion must not be above maxVersion, which is ${maxVersion}: ${minVersion}`);
}

/** A name goes into a handshake, or is compared with one in a certificate: nothing invisible may be in it. */
export function requireName(name: string, value: unknown): asserts value is string {
  requireString(name, value);
  if (/[\x00-\x20\x7f]/.test(value))
    throw mustBe(name, 'a name, without blanks and control characters', value);
}

/** Copied, so that nobody can change the options by changing what they were made of. */
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
  return new TypeError(`${name} must be ${wanted}, not ${describe(value)}`);
}
