import type { ConnectMessage, Port, RequestMessage } from '../../shared/messages.ts';
import type { WorkerTimeouts } from '../../shared/settings.ts';
import type { Receiver } from './handovers.ts';

/**
 * The connection of a client, as its session uses it: one over a transport, or the platform's own `fetch`. What becomes
 * of it, it tells its story (story.ts), and answers go into its sink. No method waits or throws.
 */
export interface ClientConnection {
  /** It is over: the story has ended. */
  readonly over: boolean;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** The bytes underneath. Null if the platform hands them to nobody. */
  readonly bytes: ByteConnection | null;
  connect(target: ConnectMessage): void;
  /** Takes effect at the next request. */
  setTimeouts(timeouts: WorkerTimeouts): void;
  request(message: RequestMessage): void;
  /** More of the body of the last request. */
  addBody(bytes: Uint8Array): void;
  /** The sink has room again. */
  wake(): void;
  /** Ends the connection without a word in the log. */
  close(): void;
}

/** A connection whose bytes can be used, and which can go from one client to another. */
export interface ByteConnection {
  /** Goes on with what another client has given away, when `take` brings it. */
  adopt(take: (receive: Receiver) => void): void;
  /** Goes on with a stream of the caller's, at the other end of `port`. */
  relay(port: Port): void;
  /**
   * Ends here, and goes on elsewhere. `takeUnread` returns what is in the sink and will not be read there: the sink is
   * another's from here on.
   */
  give(takeUnread: () => Uint8Array, unsent: number, receive: Receiver): void;
  /** The connection is the caller's from here on. */
  stream(): void;
  send(bytes: Uint8Array): void;
  shutdown(): void;
}
