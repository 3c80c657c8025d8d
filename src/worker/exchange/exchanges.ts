import type { Completion } from '../../shared/messages.ts';
import type { RequestSlots } from '../../shared/request-slots.ts';
import type { OriginStats } from '../../shared/stats.ts';
import type { Order } from './request-tools.ts';

/** A whole request that is under way. */
export interface RunningRequest {
  readonly order: Order;
  start(): void;
  /**
   * Ends it, unless it is over. `then(false)` is called when it uses nothing any more, `then(true)` before that if this
   * takes long.
   */
  stop(then: (holdsFile: boolean) => void): void;
  /** The thread ends. Settles when nothing is done to its file any more. */
  endNow(): Promise<void>;
}

export interface KnownConnection {
  /** `https://host:port` */
  readonly origin: string;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What makes the whole requests of a thread. */
export interface Exchanges {
  make(order: Order): RunningRequest;
  /** The connections that are open, as far as the platform tells. */
  readonly connections: readonly KnownConnection[];
  stats(): [origin: string, OriginStats][];
  close(): void;
}

/**
 * Something is complete. It is told exactly once, unless the request is cancelled; if it holds its file, a second time
 * when it does so no more.
 */
export type Done = (order: Order, completion: Completion) => void;

/** `slots`: where the caller looks at what a request is doing. */
export type OpenExchanges = (slots: RequestSlots, done: Done) => Exchanges;
