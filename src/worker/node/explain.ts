import type { FailurePhase } from '../../shared/failure.ts';
import { codeOf, textOf } from '../../shared/kinds.ts';
import { reasonOf } from '../connection/connection-error.ts';
import type { Explanation } from '../connection/network.ts';
import { HANDSHAKE_MEANING, TLS_MEANING } from './tls/meaning.ts';

/** What an error means, for people: Node's, OpenSSL's or our own. */
export function explain(error: unknown, phase: FailurePhase): Explanation {
  const first = firstOf(error);
  const code = codeOf(first) ?? 'UNKNOWN';
  const special = phase === 'tls' ? HANDSHAKE_MEANING[code] : undefined;
  return { code, cause: ownAddress(first) ?? special ?? MEANING[code] ?? reasonOf(first) };
}

/** Where Node's code alone does not say it. */
const MEANING: Record<string, string> = {
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the other side broke it off',
  EPIPE: 'the other side has closed it',
  ETIMEDOUT: 'no answer came in time',
  ENETUNREACH: 'there is no route to that network',
  EHOSTUNREACH: 'there is no route to that host',
  ENOENT: 'there is no such socket',
  EACCES: 'this program may not use it',
  EADDRNOTAVAIL: 'this machine has no such address, or no free port (option localAddress)',
  ...TLS_MEANING,
};

/** A name with several addresses fails with an AggregateError, whose parts say more than it does. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? firstOf(error.errors[0]) : error;
}

/** The other end is in `where`; which address was to be this one only the error says. */
function ownAddress(error: unknown): string | null {
  if (!(error instanceof Error && 'syscall' in error && 'address' in error)) return null;
  if (codeOf(error) !== 'EADDRNOTAVAIL' || error.syscall !== 'bind') return null;
  return `this machine has no such address as ${textOf(error.address)} (option localAddress)`;
}
