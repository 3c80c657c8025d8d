import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { Endpoint } from './network.ts';
import type { ResponseWatch } from './response-watch.ts';
import type { Event } from './states.ts';

/**
 * What is spoken over a connection: HTTP/1.1, or something that only the caller understands, a stream. It turns
 * requests into bytes, and bytes into what the sink gets, with the valve's back-pressure. It reports what happens to
 * its owner, whose table of states says what follows. It writes into the log only by way of its sink.
 *
 * For a request it reports, in this order: `asking`, before the first byte; `headCame`; then `complete`, `completeLast`
 * or `completeEarly`, when all of the answer is in the sink; and after `completeEarly`, `requestSent` or `requestCut`.
 *
 * It runs on the worker's thread. No method waits or throws. After `release()` or `close()` it reports nothing.
 */
export interface Protocol {
  /** How far the request has come that is under way or waits to be written. Null if there is no request. */
  readonly fate: RequestFate | null;
  /** All of the current request has been handed to the system. */
  readonly sent: boolean;
  /** Writes a request, as soon as the connection is up. Never called while one is under way. */
  request(message: RequestMessage): void;
  /** More of the body of the last request. If that has ended meanwhile, nobody wants it. */
  addBody(bytes: Uint8Array): void;
  /** The sink may have room again: reads on, if it was stopped. */
  wake(): void;
  /** Another protocol takes over. Returns what was read and is not in the sink, in order: the other begins with it. */
  release(): Uint8Array[];
  /** The connection is over. The owner has to destroy the transport. */
  close(): void;
}

/** What a protocol needs of its connection. */
export interface ProtocolOwner {
  readonly over: boolean;
  /** The time limits of a request. Null if no limit is set. */
  readonly watch: ResponseWatch | null;
  happened(event: Exclude<Event, 'failed'>): void;
  failed(error: unknown): void;
  /** After the answer the connection leads to another endpoint: what follows is not HTTP, or HTTP of another server. */
  leadsTo(endpoint: Endpoint): void;
  /** The system has taken `count` more bytes of a request's body. */
  uploaded(count: number): void;
  /** The system has taken `count` more bytes of the stream. */
  streamed(count: number): void;
}
