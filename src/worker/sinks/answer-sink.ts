import type { ResponseHead } from '../http1/parser/response.ts';
import type { BodySink } from './body-sink.ts';

/**
 * Where an answer goes: its head, its body, its trailers, in this order. That it is complete, or failed, its
 * connection says (story.ts). As for the body there is one owner, on the worker's thread, who has made sure of the
 * room: a head takes no more bytes than it has on the wire and one for each field, besides the valve's reserve.
 */
export interface AnswerSink extends BodySink {
  /** A request is about to be written: what its answer needs can be made ready. */
  expect(): void;
  /** Throws RangeError without room. May keep the head's memory. */
  head(head: ResponseHead): void;
  /** `fields` in the form of {@link ResponseHead.fields}. Throws RangeError without room. */
  trailers(fields: Uint8Array): void;
}
