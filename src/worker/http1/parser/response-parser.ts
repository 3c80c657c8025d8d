import { ChunkFraming } from './chunked.ts';
import { decideFraming } from './framing.ts';
import { HttpError } from './http-error.ts';
import type { ResponseSink } from './response.ts';
import { type ParserLimits, Section } from './section.ts';
import { SmallChunks } from './small-chunks.ts';
import type { StatusLine } from './status-line.ts';

export type { ParserLimits } from './section.ts';

type State = 'idle' | 'head' | 'fixed' | 'chunked' | 'trailers' | 'until-close' | 'ended';

/**
 * Reads the responses of one HTTP/1.1 connection, one for each `start()` (RFC 9110, RFC 9112). Bytes in, events out.
 *
 *              start()                  (100, 102 ... : skipped)
 *       idle ----------> head <-------------+
 *        ^                |  \______________|
 *        |                | onHead
 *        |     +----------+-----------+--------------------+
 *        |     | no body  | length    | chunked            | neither
 *        |     |          v           v                    v
 *        |     |        fixed       chunked            until-close
 *        |     |          |           | last chunk         |
 *        |     |          |           v                    |
 *        |     |          |         trailers               | finish()
 *        |     v          v           v                    v
 *        +----------------+--- ended -+--------------------+
 *              onEnd
 *
 * Body bytes come in by two ways. `feed()` finds them among everything else, and passes ranges on to `onBody`. Where
 * only body can come (`directBytes()`), the owner may read them straight to where they go, and report it with `skip()`.
 *
 * Invariants
 * - The events are the same whatever pieces the bytes come in, and by whichever way (test/worker/http1/replay.ts).
 * - Events come in the order onHead, onBody*, onTrailers?, onEnd. After onEnd, and after an error, there are no events
 *   until `start()`, and no byte is consumed: what a server sends unasked must not pass as the answer to the next
 *   request.
 * - Memory: keptBytes <= maxHeadSize. Body bytes, chunk lines and interim heads are not kept.
 * - A sink may call `start()` in onEnd: the state is final by then, and `feed` returns before the new response.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  readonly #section: Section;
  readonly #chunks = new ChunkFraming();
  readonly #smallChunks = new SmallChunks();
  #state: State = 'idle';
  #method = '';
  #upgrade = false;
  /** For a body of a fixed length: the bytes still to come. */
  #rest = 0;

  constructor(sink: ResponseSink, limits: ParserLimits) {
    this.#sink = sink;
    this.#section = new Section(limits);
  }

  /** True from `start()` until onEnd() or an error: a response is awaited or under way. */
  get active(): boolean {
    return this.#state !== 'idle';
  }

  /** Bytes kept for a later event (a partial head or trailer section). The parser's owner reserves room for them. */
  get keptBytes(): number {
    return this.#section.keptBytes;
  }

  /** Expect the answer to a request. `upgrade`: the request had an Upgrade field, so a 101 is an answer to it. */
  start(method: string, upgrade: boolean): void {
    this.#method = method;
    this.#upgrade = upgrade;
    this.#section.begin('head');
    this.#state = 'head';
  }

  /**
   * Parses `bytes[start, end)` and returns the index of the first byte that was not consumed: `end`, or less if the
   * response ended before it. It may overwrite the bytes that it has consumed, to move the data of chunks together.
   * Throws {@link HttpError}; afterwards nothing is consumed until `start()`.
   */
  feed(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    try {
      while (at < end && this.#state !== 'idle') {
        at = this.#read(bytes, at, end);
        if (this.#endIfEnded()) break;
      }
    } catch (error) {
      this.#forget();
      throw error;
    }
    return at;
  }

  /** How many of the next bytes on the wire are body for certain: 0 outside a body, Infinity until the close. */
  directBytes(): number {
    if (this.#state === 'fixed') return this.#rest;
    if (this.#state === 'chunked') return this.#chunks.rest;
    return this.#state === 'until-close' ? Number.POSITIVE_INFINITY : 0;
  }

  /** `count` body bytes, at most `directBytes()`, were read past the parser. Calls onEnd() if they were the last. */
  skip(count: number): void {
    if (count > this.directBytes()) throw new RangeError(`${count} bytes cannot all be body here`);
    if (count > 0) this.#passed(count);
    this.#endIfEnded();
  }

  /**
   * The stream ended. That ends a body that lasts until the close; anywhere else in a response it throws
   * {@link HttpError}. `cut`: anybody on the path could have ended the stream, since the server did not confirm the
   * end. Then such a body throws too (RFC 9112 section 9.8).
   */
  finish(cut = false): void {
    if (this.#state === 'idle') return;
    const error = this.#truncation(cut);
    if (error !== null) {
      this.#forget();
      throw error;
    }
    this.#state = 'ended';
    this.#endIfEnded();
  }

  #read(bytes: Uint8Array, start: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, start, end);
      case 'chunked':
        return this.#readChunks(bytes, start, end);
      case 'fixed':
      case 'until-close':
        return this.#readBody(bytes, start, end);
      case 'trailers':
        return this.#readTrailers(bytes, start, end);
      case 'idle':
      case 'ended':
        return start;
    }
  }

  #readHead(bytes: Uint8Array, start: number, end: number): number {
    const next = this.#section.feed(bytes, start, end);
    const { statusLine } = this.#section;
    if (!this.#section.complete || statusLine === null) return next;
    if (statusLine.statusCode < 200 && statusLine.statusCode !== 101) {
      this.#section.nextHead();
    } else {
      this.#endHead(statusLine);
    }
    return next;
  }

  #endHead(statusLine: StatusLine): void {
    if (statusLine.statusCode === 101 && !this.#upgrade) {
      const problem = 'status 101, though the request had no Upgrade field (RFC 9110 section 15.2.2)';
      throw new HttpError('UNEXPECTED_UPGRADE', problem);
    }
    const fields = this.#section.takeFields();
    const { statusCode, versionMinor } = statusLine;
    const framing = decideFraming(this.#method, statusLine, fields, this.#section.framing);
    const { body, contentLength, chunked, keepAlive } = framing;
    const hasBody = body !== 'none';
    this.#state = hasBody ? body : 'ended';
    this.#rest = contentLength;
    this.#chunks.begin();
    this.#sink.onHead({ statusCode, versionMinor, contentLength, chunked, hasBody, keepAlive, fields });
  }

  #readBody(bytes: Uint8Array, start: number, end: number): number {
    const count = Math.min(end - start, this.directBytes());
    this.#sink.onBody(bytes, start, start + count);
    this.#passed(count);
    return start + count;
  }

  /** `count` > 0 body bytes were read. */
  #passed(count: number): void {
    if (this.#state === 'chunked') {
      this.#chunks.passed(count);
    } else if (this.#state === 'fixed') {
      this.#rest -= count;
      if (this.#rest === 0) this.#state = 'ended';
    }
  }

  #readChunks(bytes: Uint8Array, start: number, end: number): number {
    if (this.#chunks.rest > 0) return this.#readBody(bytes, start, end);
    if (!this.#chunks.fresh) return this.#readChunkFraming(bytes, start, end);
    const small = this.#smallChunks;
    small.at = start;
    small.to = start;
    small.gather(bytes, end);
    if (small.to > start) this.#sink.onBody(bytes, start, small.to);
    return small.at > start ? small.at : this.#readChunkFraming(bytes, start, end);
  }

  #readChunkFraming(bytes: Uint8Array, start: number, end: number): number {
    const next = this.#chunks.feed(bytes, start, end);
    if (this.#chunks.last) {
      this.#section.begin('trailers');
      this.#state = 'trailers';
    }
    return next;
  }

  #readTrailers(bytes: Uint8Array, start: number, end: number): number {
    const next = this.#section.feed(bytes, start, end);
    if (this.#section.complete) {
      this.#state = 'ended';
      const fields = this.#section.takeFields();
      if (fields.length > 0) this.#sink.onTrailers(fields);
    }
    return next;
  }

  /** The only caller of onEnd. Its own callers do nothing after it. */
  #endIfEnded(): boolean {
    if (this.#state !== 'ended') return false;
    this.#forget();
    this.#sink.onEnd();
    return true;
  }

  #forget(): void {
    this.#state = 'idle';
    this.#section.clear();
  }

  /** Why the stream cannot end here; null if it can. */
  #truncation(cut: boolean): HttpError | null {
    switch (this.#state) {
      case 'head':
        return this.#section.untouched
          ? new HttpError('EMPTY_RESPONSE', 'the server closed the connection before it answered')
          : new HttpError('TRUNCATED_HEAD', 'the connection was closed in the middle of the header section');
      case 'fixed':
        return new HttpError(
          'TRUNCATED_BODY',
          `the connection was closed with ${this.#rest} bytes of the body missing`,
        );
      case 'chunked':
        return new HttpError('TRUNCATED_BODY', 'the connection was closed before the last chunk');
      case 'trailers':
        return new HttpError(
          'TRUNCATED_BODY',
          'the connection was closed in the middle of the trailer section',
        );
      case 'until-close':
        return cut ? new HttpError('TRUNCATED_BODY', CUT) : null;
      case 'idle':
      case 'ended':
        return null;
    }
  }
}

const CUT = 'the connection ended without the close_notify that ends TLS, so bytes may be missing';
