import type { FailureCode, ProxyResponse } from '../../shared/failure.ts';
import { type ForeignCode, messageOf, propertyOf, textOf } from '../../shared/kinds.ts';

/** An error of tickhttp's own, for `describeFailure`. The message is its cause only: what failed is known there. */
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

/** What Node and OpenSSL say of an error; OpenSSL's own carry a place in its source in `message`. */
export function reasonOf(error: unknown): string {
  const reason = propertyOf(error, 'reason');
  return typeof reason === 'string' && reason !== '' ? textOf(reason) : messageOf(error);
}
