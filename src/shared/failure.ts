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

/**
 * How far a request had come when it failed, and so whether it may be repeated (RFC 9110 section 9.2.2):
 *
 * - `unsent`: no byte of it was handed to a socket. It may be repeated, whatever its method.
 * - `unanswered`: the server may have seen it, or not. Only an idempotent one may be repeated (GET, HEAD, PUT, DELETE,
 *   OPTIONS, TRACE).
 * - `answered`: something of an answer has come, if only a part of a 1xx.
 */
export type RequestFate = 'unsent' | 'unanswered' | 'answered';

/** Why something failed: for people in `message`, for programs in `code`. */
export interface Failure {
  readonly phase: FailurePhase;
  /** Node's code where there is one (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), else one of tickhttp's own. */
  readonly code: string;
  /** What happened, where, with which value, and what to do about it. */
  readonly message: string;
  /** What has become of the request that was under way. Null where there was none: before, between, in a stream. */
  readonly request: RequestFate | null;
  /** Of a whole request that got an answer, and failed nevertheless: its response code, and its fields. */
  readonly responseCode?: number;
  readonly headers?: readonly string[];
  /** The answer of a proxy that opened no tunnel. */
  readonly proxyResponse?: ProxyResponse;
}

export interface ProxyResponse {
  /** `HTTP/1.1 407 Proxy Authentication Required`. */
  readonly statusLine: string;
  /** `"Name: value"`, in the proxy's casing and order. */
  readonly headers: readonly string[];
}
