/** What threads have done since they started, and what they hold now. */
export interface Counters {
  /** Attached clients, whether they are connected or not. */
  readonly clients: number;
  /** Connections that are open or being opened. */
  readonly connections: number;
  /** Requests written. */
  readonly requests: number;
  /** Bytes read from sockets and written to them: heads and bodies, without the bytes that TLS adds. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The connections that `HTTPRequest`s have to an origin, and the requests that wait for one. */
export interface OriginStats {
  /** Connections that are kept for the next request. */
  readonly idle: number;
  /** Connections that carry a request, or are being opened for one. */
  readonly busy: number;
  /** Requests that wait for a connection: see `connectionsPerOrigin`. */
  readonly waiting: number;
}

/**
 * By origin (`https://example.com`, with the port unless it is the scheme's default). An origin without connections and
 * waiting requests is left out.
 */
export interface OriginsStats {
  readonly [origin: string]: OriginStats;
}

export interface ThreadStats extends Counters {
  /** Node's `worker.threadId`. */
  readonly threadId: number;
  /** The connections of the `HTTPRequest`s that this thread serves. */
  readonly origins: OriginsStats;
}
