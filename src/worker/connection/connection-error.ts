import type { FailureCode, ProxyResponse } from '../../shared/failure.ts';
import { type ForeignCode, messageOf, propertyOf, textOf } from '../../shared/kinds.ts';

/** An error of tickhttp's own. The message says only the cause: `describeFailure` adds what failed. */
export class ConnectionError extends Error {
  readonly code: ConnectionErrorCode;
  /** What a proxy answered instead of opening a tunnel. */
  readonly proxyResponse: ProxyResponse | undefined;

  constructor(code: ConnectionErrorCode, message: string, proxyResponse?: ProxyResponse) {
    super(message);
    this.code = code;
    this.proxyResponse = proxyResponse;
  }
}

/** Our own code, that of somebody else's error, or one of Node's for a fault that Node itself did not find. */
type ConnectionErrorCode = FailureCode | ForeignCode | 'ENOTFOUND' | 'ERR_TLS_CERT_ALTNAME_INVALID';

/**
 * An error in the words of Node or OpenSSL. OpenSSL's errors have it in `reason`; their `message` names source files.
 */
export function reasonOf(error: unknown): string {
  const reason = propertyOf(error, 'reason');
  return typeof reason === 'string' && reason !== '' ? textOf(reason) : messageOf(error);
}
