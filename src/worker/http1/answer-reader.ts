import type { HeadLimits } from '../../shared/settings.ts';
import type { AnswerSink } from '../sinks/answer-sink.ts';
import type { Wire } from '../valve/wire.ts';
import type { ResponseHead, ResponseSink } from './parser/response.ts';
import { ResponseParser } from './parser/response-parser.ts';

/** What the owner of an {@link AnswerReader} hears, always before the read that caused it is published. */
export interface AnswerEvents {
  onHead(head: ResponseHead): void;
  /** The answer is complete. `leftOver` are bytes behind it that nobody asked for; they are valid during the call. */
  onEnd(leftOver: Uint8Array): void;
  /** `count` bytes came while no answer was awaited. */
  onUnsolicited(count: number): void;
  onError(error: unknown): void;
}

/** The bytes of an HTTP/1.1 connection, read as answers into a sink: one for each `expect()`. */
export class AnswerReader implements Wire, ResponseSink {
  readonly #sink: AnswerSink;
  readonly #events: AnswerEvents;
  readonly #parser: ResponseParser;
  /** How many of the bytes that came last are body. */
  #bodyBytes = 0;
  #ended = false;

  constructor(sink: AnswerSink, limits: HeadLimits, events: AnswerEvents) {
    this.#sink = sink;
    this.#events = events;
    this.#parser = new ResponseParser(this, limits);
  }

  /** An answer is awaited or under way. */
  get active(): boolean {
    return this.#parser.active;
  }

  /** The next bytes are the answer to a request of this method. `upgrade`: the request offered another protocol. */
  expect(method: string, upgrade: boolean): void {
    this.#parser.start(method, upgrade);
  }

  /** The bytes that came last are body, at least one of them. */
  get bodyCame(): boolean {
    return this.#bodyBytes > 0;
  }

  get keptBytes(): number {
    return this.#parser.keptBytes;
  }

  directBytes(): number {
    return this.#parser.directBytes();
  }

  passed(count: number): void {
    this.#bodyBytes = count;
    try {
      this.#parser.skip(count);
      this.#tellEnd(NOTHING);
    } catch (error) {
      this.#events.onError(error);
    }
  }

  take(bytes: Uint8Array, count: number): number {
    this.#bodyBytes = 0;
    try {
      if (this.#parser.active) this.#feed(bytes, count);
      else this.#events.onUnsolicited(count);
    } catch (error) {
      this.#events.onError(error);
    }
    return this.#bodyBytes;
  }

  #feed(bytes: Uint8Array, count: number): void {
    const used = this.#parser.feed(bytes, 0, count);
    this.#tellEnd(used === count ? NOTHING : bytes.subarray(used, count));
  }

  /** The server sends nothing more. `cut`: the stream may have been cut off, so that something is missing. */
  finish(cut: boolean): void {
    try {
      this.#parser.finish(cut);
      this.#tellEnd(NOTHING);
    } catch (error) {
      this.#events.onError(error);
    }
  }

  #tellEnd(leftOver: Uint8Array): void {
    if (!this.#ended) return;
    this.#ended = false;
    this.#events.onEnd(leftOver);
  }

  onHead(head: ResponseHead): void {
    this.#sink.head(head);
    this.#events.onHead(head);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.#bodyBytes += end - start;
    this.#sink.body(bytes, start, end);
  }

  onTrailers(fields: Uint8Array): void {
    this.#sink.trailers(fields);
  }

  onEnd(): void {
    this.#ended = true;
  }
}

const NOTHING = new Uint8Array(0);
