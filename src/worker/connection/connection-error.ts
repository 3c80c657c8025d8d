import type { ProxyResponse } from '../../shared/failure.ts';
import { messageOf, propertyOf, textOf } from '../../shared/kinds.ts';

/** An error of tickhttp's own, for `describeFailure`. The message is its cause only: what failed is known there. */
export class ConnectionError extends Error {
  readonly code: string;
  /** What a proxy answered instead of opening a tunnel. */
  readonly proxyResponse: ProxyResponse | undefined;

  constructor(code: string, message: string, proxyResponse?: ProxyResponse) {
    super(message);
    this.code = code;
    this.proxyResponse = proxyResponse;
  }
}

/** What Node and OpenSSL say of an error; OpenSSL's own carry a place in its source in `message`. */
export function reasonOf(error: unknown): string {
  const reason = propertyOf(error, 'reason');
  return typeof reason === 'string' && reason !== '' ? textOf(reason) : messageOf(error);
}
