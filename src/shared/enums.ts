/** Request methods with Godot's values. `MAX` is their number, not a method. */
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
