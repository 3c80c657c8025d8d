import type { ResponseHead } from '../http1/parser/response.ts';
import type { BodySink } from './body-sink.ts';

/**
 * Where an answer goes: its head, its body, its trailers, in this order. The connection's story (story.ts) says whether
 * the answer is complete or has failed. As for a body, there is one owner, on the worker's thread, who makes sure that
 * there is room: a head takes at most its bytes on the wire, one more for each field, and the valve's reserve.
 */
export interface AnswerSink extends BodySink {
  /** A request is about to be written: the sink can prepare for its answer. */
  expect(): void;
  /** Throws RangeError without room. The head's fields may be overwritten after the call. */
  head(head: ResponseHead): void;
  /**
   * `fields` are in the form of {@link ResponseHead.fields}, and may be overwritten after the call. Throws RangeError
   * without room.
   */
  trailers(fields: Uint8Array): void;
}
