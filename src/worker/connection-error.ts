import type { ProxyResponse } from '../shared/failure.ts';

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
  if (error instanceof Error && 'reason' in error && typeof error.reason === 'string') return error.reason;
  return error instanceof Error ? error.message : String(error);
}
