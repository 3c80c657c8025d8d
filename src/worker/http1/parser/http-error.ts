/** What a server did wrong. The codes are stable: callers see them in `getLastError()`. */
export type HttpErrorCode =
  /**
   * The connection closed before any byte of an answer. This is the one failure that a stale kept connection explains.
   */
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

/**
 * A response that breaks RFC 9112 or our limits. It is unknown where such a response ends, so its connection is lost.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
