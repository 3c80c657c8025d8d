/** The head of a final response, with its framing decided (RFC 9112 section 6.3). */
export interface ResponseHead {
  readonly statusCode: number;
  /** `HTTP/1.minor` of the status line: 0 or 1. */
  readonly versionMinor: 0 | 1;
  /** The Content-Length field's value, even if no body follows (HEAD, 304); -1 without the field. */
  readonly contentLength: number;
  /** Transfer-Encoding ends in `chunked`, even if no body follows (HEAD, 304). */
  readonly chunked: boolean;
  /** False when the response ends with its head: HEAD, 101, 204, 304, `Content-Length: 0`, a 2xx to CONNECT. */
  readonly hasBody: boolean;
  /** The server allows another request on this connection. */
  readonly keepAlive: boolean;
  /**
   * The field lines as `Name: value`, each ended by LF or CRLF, in the server's order and casing. The bytes are as they
   * came; folded lines are joined by a space. The next head or trailer section overwrites this memory, so copy what
   * is needed after `onHead`.
   */
  readonly fields: Uint8Array;
}

/** What a {@link ResponseParser} reports. Called in wire order, from inside `feed`, `skip` and `finish`. */
export interface ResponseSink {
  onHead(head: ResponseHead): void;
  /** `bytes[start, end)` is body. The memory belongs to the caller of `feed`: copy what must outlive the call. */
  onBody(bytes: Uint8Array, start: number, end: number): void;
  /**
   * The trailer section, in the form of {@link ResponseHead.fields}, if it has at least one field. Copy what is needed
   * after the call.
   */
  onTrailers(fields: Uint8Array): void;
  onEnd(): void;
}
