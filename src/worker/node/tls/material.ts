import type { KeyObject, X509Certificate } from 'node:crypto';
import type { FailureCode } from '../../../shared/failure.ts';
import { codeOf } from '../../../shared/kinds.ts';
import type { Material, PEMorDER } from '../../../shared/settings.ts';
import { ConnectionError, reasonOf } from '../../connection/connection-error.ts';
import { nodeCrypto } from './node.ts';

/**
 * Turns what callers give as PEM or DER, one or many, into the list of PEM blocks that Node wants. In a list of
 * authorities, Node skips what it cannot read. Here everything that is given must be readable.
 */

/** Throws {@link ConnectionError} with `code` if there is no certificate in `material`, or an invalid one. */
export function certificates(option: string, code: FailureCode, material: Material): X509Certificate[] {
  const { X509Certificate } = nodeCrypto();
  return blocks(option, code, 'CERTIFICATE', material).map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new ConnectionError(code, `certificate ${index + 1} of ${option} is invalid: ${reasonOf(error)}`);
    }
  });
}

/** The lists are not parsed: Node has no class for them, and parses them when it is given them. */
export function revocationLists(material: Material): string[] {
  return blocks('revocationLists', 'INVALID_CRL', 'X509 CRL', material);
}

export function privateKey(given: PEMorDER, passphrase: string | null): KeyObject {
  const { createPrivateKey } = nodeCrypto();
  const secret = passphrase === null ? {} : { passphrase };
  if (!isDER(given))
    return orInvalidKey(passphrase, () => createPrivateKey({ key: textOf(given), ...secret }));
  const key = Buffer.from(given);
  // Node's error depends on the kind of key that it was told. The most common kind comes last, so that its error is
  // shown.
  for (const type of ['pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type });
    } catch {}
  }
  return orInvalidKey(passphrase, () => createPrivateKey({ key, format: 'der', type: 'pkcs8', ...secret }));
}

function orInvalidKey(passphrase: string | null, make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch (error) {
    const advice =
      passphrase === null
        ? 'if it is encrypted, give its passphrase'
        : codeOf(error) === 'ERR_OSSL_EVP_UNSUPPORTED'
          ? `it is encrypted with an old cipher: ${OLD_CIPHER}`
          : 'is the passphrase right?';
    throw new ConnectionError('INVALID_KEY', `key cannot be read (${reasonOf(error)}); ${advice}`);
  }
}

/** OpenSSL 3 disables RC2, RC4 and DES by default. Older programs encrypt their files with these. */
export const OLD_CIPHER = "convert it with openssl's -legacy, or start Node with --openssl-legacy-provider";

function blocks(option: string, code: FailureCode, label: string, material: Material): string[] {
  const parts = typeof material === 'string' || material instanceof Uint8Array ? [material] : material;
  const found = parts.flatMap((part) =>
    isDER(part) ? splitDER(part, label) : splitPEM(textOf(part), label),
  );
  if (found.length === 0)
    throw new ConnectionError(code, `there is no ${label} in ${option}: give PEM, or DER as bytes`);
  return found;
}

/** PEM can begin with the same byte: it is the character 0. */
function isDER(part: PEMorDER): part is Uint8Array {
  return typeof part !== 'string' && part[0] === SEQUENCE && !Buffer.from(part).includes('-----BEGIN ');
}

const SEQUENCE = 0x30;

function textOf(part: PEMorDER): string {
  return typeof part === 'string' ? part : Buffer.from(part).toString('latin1');
}

/** Accepts the other labels that OpenSSL writes and reads, too: `TRUSTED CERTIFICATE`, `X509 CERTIFICATE`. */
function splitPEM(text: string, label: string): string[] {
  const found: string[] = [];
  for (let at = 0; ; ) {
    const begin = text.indexOf('-----BEGIN ', at);
    const end = text.indexOf('-----END ', begin);
    if (begin < 0 || end < 0) return found;
    const close = text.indexOf('-----', end + 9);
    at = close < 0 ? text.length : close + 5;
    const name = text.slice(begin + 11, text.indexOf('-----', begin + 11));
    if (name === label || name.endsWith(` ${label}`)) found.push(text.slice(begin, at));
  }
}

/** A file may hold several values, one after the other. An incomplete one becomes a block too, for Node to refuse. */
function splitDER(bytes: Uint8Array, label: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + lengthOf(bytes.subarray(at)));
    const base64 = Buffer.from(bytes.subarray(at, end)).toString('base64');
    found.push(`-----BEGIN ${label}-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ${label}-----`);
    at = end;
  }
  return found;
}

/** The length of the first DER value, its tag and length included (X.690 section 8.1.3). */
function lengthOf(bytes: Uint8Array): number {
  const first = bytes[1] ?? 0;
  if (first < LONG_FORM) return 2 + first;
  const digits = bytes.subarray(2, 2 + first - LONG_FORM);
  return 2 + digits.length + digits.reduce((length, digit) => length * 256 + digit, 0);
}

const LONG_FORM = 0x80;
