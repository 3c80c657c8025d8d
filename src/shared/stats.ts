/** What threads have done since they started, and hold now. */
export interface Counters {
  /** Clients attached, connected or not. */
  readonly clients: number;
  /** Connections that are open or being opened. */
  readonly connections: number;
  /** Requests written. */
  readonly requests: number;
  /** Bytes read from sockets and written to them: heads and bodies, without what TLS adds. */
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

/** By origin (`https://example.com`, with the port unless it is the scheme's own). One with nothing is missing. */
export interface OriginsStats {
  readonly [origin: string]: OriginStats;
}

export interface ThreadStats extends Counters {
  /** Node's `worker.threadId`. */
  readonly threadId: number;
  /** Of the `HTTPRequest`s that this thread serves. */
  readonly origins: OriginsStats;
}
