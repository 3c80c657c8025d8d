import type { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';

/**
 * What is told of a connection itself, in the order in which it happens, on the worker's thread. It has one teller, a
 * {@link Connection}, and ends exactly once: by `complete(false)`, `fail()` or `silence()`. What is told after that is
 * told to nobody.
 */
export interface Story {
  /** CONNECTING or CONNECTED. Published at once. */
  status(status: Status): void;
  /** A request is about to be written. */
  asked(): void;
  /** The system has taken so many more bytes of the body of a request. */
  uploaded(count: number): void;
  /** The system has taken so many more bytes of a stream. */
  streamed(count: number): void;
  /** Of a stream: the peer sends nothing more. Published with all that is before it. */
  peerEnded(): void;
  /** An answer or a stream is complete. Published with all that is before it. */
  complete(reusable: boolean): void;
  fail(status: Status, failure: Failure): void;
  /** The caller wants to hear no more. */
  silence(): void;
}
