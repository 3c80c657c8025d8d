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

/** For codes that do not explain themselves. */
const MEANING: Record<string, string> = {
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name service (DNS) does not answer',
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the other side reset the connection',
  EPIPE: 'the other side has closed the connection',
  ETIMEDOUT: 'the other side did not answer in time',
  ENETUNREACH: 'there is no route to that network',
  EHOSTUNREACH: 'there is no route to that host',
  ENOENT: 'there is no such socket',
  EACCES: 'the system does not allow this program to connect there',
  EADDRNOTAVAIL: 'this machine has no such address, or no free port (option localAddress)',
  ...TLS_MEANING,
};

/** A name with several addresses fails with an AggregateError. The errors in it say more than it does. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? firstOf(error.errors[0]) : error;
}

/** The address of this end. The message names the other end already, and only the error knows this one. */
function ownAddress(error: unknown): string | null {
  if (!(error instanceof Error && 'syscall' in error && 'address' in error)) return null;
  if (codeOf(error) !== 'EADDRNOTAVAIL' || error.syscall !== 'bind') return null;
  return `this machine has no such address as ${textOf(error.address)} (option localAddress)`;
}
