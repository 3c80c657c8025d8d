import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { Endpoint } from './network.ts';
import type { ResponseWatch } from './response-watch.ts';
import type { Event } from './states.ts';

/**
 * What is spoken over a connection: HTTP/1.1, or nothing that we know, which is a stream. It turns requests into bytes,
 * and bytes into what the sink gets, with the valve's back-pressure. What happens it tells its owner, whose table of
 * states says what follows; it writes nothing into the log itself but by its sink. Of a request it tells, in this
 * order: `asking`, before its first byte; `headCame`; then `complete`, `completeLast` or `completeEarly`, when all of
 * the answer is in the sink; after `completeEarly` once more, `requestSent` or `requestCut`.
 *
 * All on the worker's thread. No method waits or throws. After `release()` or `close()` nothing is heard of it.
 */
export interface Protocol {
  /** What is known of the request that is under way, or waits to be written. Null: there is none. */
  readonly fate: RequestFate | null;
  /** The request that is under way has been handed to the system whole. */
  readonly sent: boolean;
  /** Writes a request, as soon as the connection is up. Never called while one is under way. */
  request(message: RequestMessage): void;
  /** More of the body of the last request. If that has ended meanwhile, nobody wants it. */
  addBody(bytes: Uint8Array): void;
  /** The sink may have room again: reads on, if it was stopped. */
  wake(): void;
  /** Another goes on. Returns what was read and is not in the sink, in order: the other begins with it. */
  release(): Uint8Array[];
  /** The connection is over. Its transport is for the owner to destroy. */
  close(): void;
}

/** What a protocol knows of the connection that it is spoken over. */
export interface ProtocolOwner {
  readonly over: boolean;
  /** The time limits of a request. Null where no limit is set. */
  readonly watch: ResponseWatch | null;
  happened(event: Exclude<Event, 'failed'>): void;
  failed(error: unknown): void;
  /** The answer leads to another endpoint: what follows is no HTTP, or that of another server. */
  leadsTo(endpoint: Endpoint): void;
  /** The system has taken so many more bytes of the body of a request. */
  uploaded(count: number): void;
  /** The system has taken so many more bytes of the stream. */
  streamed(count: number): void;
}
