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

/**
 * The codes of tickhttp's own, each under the phase in which it is most common. docs/errors.md says what happened and
 * what to do.
 */
export type FailureCode =
  // argument
  | 'FILE_ALREADY_IN_USE'
  | 'INVALID_BODY'
  | 'INVALID_CHUNK_SIZE'
  | 'INVALID_CONNECTION'
  | 'INVALID_FILE'
  | 'INVALID_HEADER'
  | 'INVALID_HOST'
  | 'INVALID_LENGTH'
  | 'INVALID_METHOD'
  | 'INVALID_PORT'
  | 'INVALID_PROXY'
  | 'INVALID_URL'
  | 'NOT_CONNECTED'
  | 'OUT_OF_MEMORY'
  | 'STREAM_SHUT_DOWN'
  | 'TOO_MANY_REQUESTS'
  | 'UNAVAILABLE_IN_BROWSER'
  // resolve
  | 'RESOLVE_TIMEOUT'
  // connect
  | 'CONNECT_TIMEOUT'
  | 'NO_ADDRESS'
  | 'WRONG_FAMILY'
  // proxy
  | 'PROXY_AUTHENTICATION_REQUIRED'
  | 'PROXY_CLOSED'
  | 'PROXY_GARBAGE'
  | 'PROXY_REFUSED'
  // tls
  | 'CERT_PIN_MISMATCH'
  | 'INVALID_CA'
  | 'INVALID_CERTIFICATE'
  | 'INVALID_CRL'
  | 'INVALID_ECDH_CURVE'
  | 'INVALID_KEY'
  | 'INVALID_PFX'
  | 'NO_SYSTEM_ROOTS'
  | 'TLS_TIMEOUT'
  | 'UNSUPPORTED_OPTION'
  | 'UNSUPPORTED_PROTOCOL'
  | 'WEAK_KEY'
  | 'WEAK_SIGNATURE'
  // idle, request, response
  | 'CANCELLED'
  | 'CONNECTION_CLOSED'
  | 'EMPTY_RESPONSE'
  | 'FETCH_FAILED'
  | 'HEADERS_TIMEOUT'
  | 'HEAD_TOO_LARGE'
  | 'INSECURE_REDIRECT'
  | 'INVALID_CONTENT_LENGTH'
  | 'INVALID_REDIRECT'
  | 'INVALID_STATUS_LINE'
  | 'INVALID_TRANSFER_ENCODING'
  | 'REDIRECT_LIMIT_REACHED'
  | 'REQUEST_TIMEOUT'
  | 'TIMEOUT'
  | 'TOO_MANY_FIELDS'
  | 'TRUNCATED_HEAD'
  | 'UNEXPECTED_UPGRADE'
  | 'UNSOLICITED_DATA'
  // body
  | 'BODY_DECOMPRESS_FAILED'
  | 'BODY_SIZE_LIMIT_EXCEEDED'
  | 'BODY_TIMEOUT'
  | 'INVALID_CHUNK'
  | 'NOT_A_FILE'
  | 'PART_CHANGED'
  | 'RANGE_MISMATCH'
  | 'TRUNCATED_BODY'
  // stream
  | 'NOT_BYTES'
  | 'STREAM_FAILED'
  | 'STREAM_TRUNCATED'
  // worker
  | 'POOL_CLOSED'
  | 'WORKER_EXITED'
  | 'WORKER_NOT_STARTED'
  | 'WORKER_UNRESPONSIVE'
  // any
  | 'UNKNOWN';

/** Why something failed: for people in `message`, for programs in `code`. */
export interface Failure {
  readonly phase: FailurePhase;
  /**
   * The code of Node's error where there is one (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), or that of the error of a stream
   * that was given to `StreamPeer.fromDuplex()`; else one of tickhttp's own.
   */
  readonly code: FailureCode | (string & {});
  /** What happened, where, with which value, and what to do about it. */
  readonly message: string;
  /** How far the request under way had come. Null if there was none: before the first, between two, in a stream. */
  readonly request: RequestFate | null;
  /** The response code of an `HTTPRequest` that had got the head of an answer before it failed, and its fields. */
  readonly responseCode?: number;
  readonly headers?: readonly string[];
  /** The answer of a proxy that opened no tunnel. */
  readonly proxyResponse?: ProxyResponse;
}

/** A failure of tickhttp's own making: a misspelt code does not compile. */
export interface OwnFailure extends Failure {
  readonly code: FailureCode;
}

export interface ProxyResponse {
  /** `HTTP/1.1 407 Proxy Authentication Required`. */
  readonly statusLine: string;
  /** `"Name: value"`, in the proxy's casing and order. */
  readonly headers: readonly string[];
}
