import { ConnectionError } from '../../connection/connection-error.ts';

const LEVEL = "or lower OpenSSL's demands with ciphers: 'DEFAULT@SECLEVEL=0' of TLSOptions";

/**
 * What is too weak for OpenSSL's security level, a part of its list of ciphers: a key that is too short, a
 * signature by a broken digest. Null if that is not what `reason` is about. Of the other side's certificates
 * Node says no more than UNSPECIFIED.
 */
export function weakness(reason: string, whose: 'own' | 'theirs'): ConnectionError | null {
  const [code, what, remedy] = /key too (small|weak)/.test(reason)
    ? ['WEAK_KEY', 'key', 'a longer key']
    : /(md|digest algorithm) too weak/.test(reason)
      ? ['WEAK_SIGNATURE', 'signature', 'one that was signed with SHA-256']
      : [];
  if (code === undefined) return null;
  const [subject, advice] =
    whose === 'own'
      ? [`the ${what} of the client certificate`, `use ${remedy}`]
      : [`a ${what} in the other side's chain of certificates`, `it needs ${remedy}`];
  return new ConnectionError(code, `${subject} is too weak (${reason}); ${advice}, ${LEVEL}`);
}
