import type { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';

/**
 * Is told what happens to a connection itself, in order, on the worker's thread. Only its {@link Connection} calls it.
 * A story ends exactly once: by `complete(false)`, `fail()` or `silence()`. Calls after that are ignored.
 */
export interface Story {
  /** CONNECTING or CONNECTED. Published at once. */
  status(status: Status): void;
  /** A request is about to be written. */
  asked(): void;
  /** The system has taken `count` more bytes of a request's body. */
  uploaded(count: number): void;
  /** The system has taken `count` more bytes of a stream. */
  streamed(count: number): void;
  /** For a stream: the peer sends nothing more. Published with all that is before it. */
  peerEnded(): void;
  /** An answer or a stream is complete. Published with all that is before it. */
  complete(reusable: boolean): void;
  fail(status: Status, failure: Failure): void;
  /** The caller wants to hear no more. */
  silence(): void;
}
