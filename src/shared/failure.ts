/**
 * How far the connection had come when it failed; `argument` is a call that was refused, `proxy` a proxy's consent to
 * a tunnel, `stream` the use of `HTTPClient.connection`, `worker` the thread itself.
 */
export type FailurePhase =
  | 'argument'
  | 'resolve'
  | 'connect'
  | 'proxy'
  | 'tls'
  | 'request'
  | 'response'
  | 'body'
  | 'idle'
  | 'stream'
  | 'worker';

/** Why something failed: for people in `message`, for programs in `code`. */
export interface Failure {
  readonly phase: FailurePhase;
  /** Node's code where there is one (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), else one of tickhttp's own. */
  readonly code: string;
  /** What happened, where, with which value, and what to do about it. */
  readonly message: string;
  /** The answer of a proxy that opened no tunnel. */
  readonly proxyResponse?: ProxyResponse;
}

export interface ProxyResponse {
  /** `HTTP/1.1 407 Proxy Authentication Required`. */
  readonly statusLine: string;
  /** `"Name: value"`, in the proxy's casing and order. */
  readonly headers: readonly string[];
}
