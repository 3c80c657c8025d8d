import type { FailureCode } from '../../../shared/failure.ts';
import { ConnectionError } from '../../connection/connection-error.ts';

const LEVEL = "or lower OpenSSL's demands with ciphers: 'DEFAULT@SECLEVEL=0' of TLSOptions";

interface Weak {
  /** What OpenSSL says of it. */
  readonly sign: RegExp;
  readonly code: FailureCode;
  readonly what: string;
  readonly remedy: string;
}

const WEAK: readonly Weak[] = [
  { sign: /key too (small|weak)/, code: 'WEAK_KEY', what: 'key', remedy: 'a longer key' },
  {
    sign: /(md|digest algorithm) too weak/,
    code: 'WEAK_SIGNATURE',
    what: 'signature',
    remedy: 'a certificate that was signed with SHA-256',
  },
];

/**
 * The error for a key that is too short, or a signature with a broken digest, for OpenSSL's security level. That level
 * is a part of the list of ciphers. Null if `reason` is about something else. Node itself has only the code UNSPECIFIED
 * for the certificates of the other side.
 */
export function weakness(reason: string, whose: 'own' | 'theirs'): ConnectionError | null {
  const weak = WEAK.find(({ sign }) => sign.test(reason));
  if (weak === undefined) return null;
  const { code, what, remedy } = weak;
  const [subject, advice] =
    whose === 'own'
      ? [`the ${what} of the client certificate`, `use ${remedy}`]
      : [`a ${what} in the other side's chain of certificates`, `the other side needs ${remedy}`];
  return new ConnectionError(code, `${subject} is too weak (${reason}); ${advice}, ${LEVEL}`);
}
