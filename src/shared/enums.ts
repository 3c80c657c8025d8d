/** Request methods with Godot's values. `MAX` is not a method but their count. */
export const Method = {
  GET: 0,
  HEAD: 1,
  POST: 2,
  PUT: 3,
  DELETE: 4,
  OPTIONS: 5,
  TRACE: 6,
  CONNECT: 7,
  PATCH: 8,
  MAX: 9,
} as const;
export type Method = (typeof Method)[keyof typeof Method];

/** What a client is doing, in Godot's order: `HTTPClient.Status`. */
export const Status = {
  DISCONNECTED: 0,
  RESOLVING: 1,
  CANT_RESOLVE: 2,
  CONNECTING: 3,
  CANT_CONNECT: 4,
  CONNECTED: 5,
  REQUESTING: 6,
  BODY: 7,
  CONNECTION_ERROR: 8,
  TLS_HANDSHAKE_ERROR: 9,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/**
 * How a whole request has ended, with Godot's values: `HTTPRequest.Result`. SUCCESS means that a complete answer came,
 * whatever its response code is: 404, too. REQUEST_FAILED, which Godot never uses, means that the request was refused
 * or cancelled. CHUNKED_BODY_SIZE_MISMATCH and NO_RESPONSE do not occur: a body that was cut short, and a connection
 * that ended without an answer, are CONNECTION_ERROR. TIMEOUT means that `timeout`, the limit for the whole request,
 * was over.
 *
 * https://docs.godotengine.org/en/stable/classes/class_httprequest.html#enum-httprequest-result
 */
export const Result = {
  SUCCESS: 0,
  CHUNKED_BODY_SIZE_MISMATCH: 1,
  CANT_CONNECT: 2,
  CANT_RESOLVE: 3,
  CONNECTION_ERROR: 4,
  TLS_HANDSHAKE_ERROR: 5,
  NO_RESPONSE: 6,
  BODY_SIZE_LIMIT_EXCEEDED: 7,
  BODY_DECOMPRESS_FAILED: 8,
  REQUEST_FAILED: 9,
  DOWNLOAD_FILE_CANT_OPEN: 10,
  DOWNLOAD_FILE_WRITE_ERROR: 11,
  REDIRECT_LIMIT_REACHED: 12,
  TIMEOUT: 13,
} as const;
export type Result = (typeof Result)[keyof typeof Result];
