/** What a server did wrong. Stable: callers see these codes in `getLastError()`. */
export type HttpErrorCode =
  /** The connection closed before any byte of an answer: the one failure that a stale keep-alive explains. */
  | 'EMPTY_RESPONSE'
  | 'TRUNCATED_HEAD'
  | 'TRUNCATED_BODY'
  | 'INVALID_STATUS_LINE'
  | 'INVALID_HEADER'
  | 'INVALID_CONTENT_LENGTH'
  | 'INVALID_TRANSFER_ENCODING'
  | 'INVALID_CHUNK'
  | 'HEAD_TOO_LARGE'
  | 'TOO_MANY_FIELDS'
  | 'UNEXPECTED_UPGRADE';

/** A response that breaks RFC 9112 or our limits. Where it ends is unknown now: the connection is lost with it. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
