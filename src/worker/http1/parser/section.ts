import { ByteBuffer } from './byte-buffer.ts';
import { byteAt, CR, LF } from './bytes.ts';
import { FieldLines } from './fields.ts';
import type { FramingPlaces } from './framing-places.ts';
import { HttpError } from './http-error.ts';
import { checkLineFeed, checkPrefix, parseStatusLine, type StatusLine } from './status-line.ts';

/** Servers send one or two. */
const MAX_EMPTY_LINES = 16;

export interface ParserLimits {
  /**
   * Most bytes of a head on the wire, with the interim responses before it. A trailer section may have as many again.
   */
  readonly maxHeadSize: number;
  /** Most field lines, counted in the same way. */
  readonly maxHeadFields: number;
}

/**
 * A run of lines up to an empty one: a head, or a trailer section (RFC 9112 sections 2.1 and 7.1.2).
 *
 *   begin -> feed* -> complete -> takeFields -> begin          a head, later its trailers
 *                        +------> nextHead  -> feed* -> ...    an interim response, then the next head
 *
 * A line is parsed in place if `feed` brought all of it. Otherwise its beginning is kept until its end comes.
 *
 * Invariant: keptBytes <= size counted so far <= maxHeadSize. A lone LF is accepted (RFC 9112 section 2.2), but counts
 * as the CRLF it stands for: then no field line grows when it is brought into the form in which it is kept.
 *
 * A few empty lines may stand before a status line: some servers send one line end too many after a response. RFC 9112
 * section 2.2 tells servers to skip such lines, and Node and undici do so as clients. Only an answer can follow them,
 * since bytes that come before the request is sent never get here.
 */
export class Section {
  readonly #limits: ParserLimits;
  readonly #fields = new FieldLines();
  readonly #partialLine = new ByteBuffer();
  #expectsStatusLine = false;
  #statusLine: StatusLine | null = null;
  #complete = false;
  #size = 0;
  #fieldsOfInterims = 0;
  /** Empty lines since the last head. */
  #emptyLines = 0;

  constructor(limits: ParserLimits) {
    this.#limits = limits;
  }

  /** True once the empty line has come. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The status line of the head under way. Null until all of that line has come. */
  get statusLine(): StatusLine | null {
    return this.#statusLine;
  }

  /** True if no byte has come since {@link begin}. */
  get untouched(): boolean {
    return this.#size === 0 && this.#partialLine.length === 0;
  }

  get keptBytes(): number {
    return this.#partialLine.length + this.#fields.size;
  }

  /** Where the framing fields are in the last result of `takeFields()`. */
  get framing(): FramingPlaces {
    return this.#fields.framing;
  }

  begin(kind: 'head' | 'trailers'): void {
    this.clear();
    this.#expectsStatusLine = kind === 'head';
  }

  /** Another head, which shares the limits of the one before: else a server could send `100 Continue` for ever. */
  nextHead(): void {
    this.#fieldsOfInterims += this.#fields.count;
    this.#fields.clear();
    this.#statusLine = null;
    this.#expectsStatusLine = true;
    this.#complete = false;
    this.#emptyLines = 0;
  }

  /** Returns the fields, and forgets them. The next `feed()` overwrites what was returned. */
  takeFields(): Uint8Array {
    return this.#fields.take();
  }

  clear(): void {
    this.#fields.clear();
    this.#partialLine.clear();
    this.#expectsStatusLine = false;
    this.#statusLine = null;
    this.#complete = false;
    this.#size = 0;
    this.#fieldsOfInterims = 0;
    this.#emptyLines = 0;
  }

  /** Reads lines until the section is complete. Returns the index of the first byte that was not consumed. */
  feed(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.#complete) at = this.#readLine(bytes, this.#readFields(bytes, at, end), end);
    return at;
  }

  /** Reads field lines, up to the first that needs more than a check. Returns the index where that one begins. */
  #readFields(bytes: Uint8Array, start: number, end: number): number {
    if (this.#expectsStatusLine || this.#partialLine.length > 0) return start;
    let at = start;
    for (;;) {
      const next = this.#fields.check(bytes, at, end, start);
      if (next < 0) break;
      this.#countLine(lineEnd(bytes, at, next - 1) - at);
      this.#checkCount(this.#fieldsOfInterims + this.#fields.count);
      at = next;
    }
    if (at > start) this.#fields.keep(bytes, start, at);
    return at;
  }

  /** Reads a line, or keeps the beginning of one. Returns the index of the first byte that was not consumed. */
  #readLine(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return end;
    if (this.#expectsStatusLine) this.#checkStatusLine(bytes, start, end);
    const lineFeed = findLineFeed(bytes, start, end);
    if (lineFeed === end) {
      this.#keep(bytes, start, end);
      return end;
    }
    if (this.#partialLine.length === 0) {
      this.#endLine(bytes, start, lineFeed);
    } else {
      this.#keep(bytes, start, lineFeed);
      this.#endLine(this.#partialLine.bytes, 0, this.#partialLine.length);
      this.#partialLine.clear();
    }
    return lineFeed + 1;
  }

  /**
   * Looks no further than the first byte beyond the limit. So the first of two faults is reported, whatever pieces the
   * bytes come in.
   */
  #checkStatusLine(bytes: Uint8Array, start: number, end: number): void {
    const { bytes: held, length } = this.#partialLine;
    const room = this.#limits.maxHeadSize - this.#size - length;
    const last = Math.min(end, start + room + 1);
    if (length > 0 && byteAt(held, 0) === CR) checkLineFeed(bytes, start, last);
    else checkPrefix(bytes, start, last, length);
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    this.#checkSize(this.#size + this.#partialLine.length + end - start);
    this.#partialLine.append(bytes, start, end);
  }

  /** `bytes[start, lineFeed)` is a line, with a CR at its end if it has one. Its reader refuses any other CR. */
  #endLine(bytes: Uint8Array, start: number, lineFeed: number): void {
    const end = lineEnd(bytes, start, lineFeed);
    this.#countLine(end - start);
    if (this.#expectsStatusLine && start === end) {
      this.#checkEmptyLines();
    } else if (this.#expectsStatusLine) {
      this.#statusLine = parseStatusLine(bytes, start, end);
      this.#expectsStatusLine = false;
    } else if (start === end) {
      this.#complete = true;
    } else {
      this.#fields.add(bytes, start, end);
      this.#checkCount(this.#fieldsOfInterims + this.#fields.count);
    }
  }

  #countLine(length: number): void {
    this.#size += length + 2;
    this.#checkSize(this.#size);
  }

  #checkSize(size: number): void {
    const { maxHeadSize } = this.#limits;
    if (size <= maxHeadSize) return;
    throw new HttpError(
      'HEAD_TOO_LARGE',
      `the header or trailer section has more than ${maxHeadSize} bytes, the option limits.maxHeadSize`,
    );
  }

  #checkEmptyLines(): void {
    if (++this.#emptyLines <= MAX_EMPTY_LINES) return;
    throw new HttpError(
      'INVALID_STATUS_LINE',
      `more than ${MAX_EMPTY_LINES} empty lines in front of the status line (RFC 9112 section 4)`,
    );
  }

  #checkCount(count: number): void {
    const { maxHeadFields } = this.#limits;
    if (count <= maxHeadFields) return;
    throw new HttpError(
      'TOO_MANY_FIELDS',
      `the header or trailer section has more than ${maxHeadFields} fields, the option limits.maxHeadFields`,
    );
  }
}

/** The index of the first LF of `bytes[start, end)`, or `end`. */
function findLineFeed(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== LF) at++;
  return at;
}

/** The end of a line that begins at `start`, without the CR before its line feed. */
function lineEnd(bytes: Uint8Array, start: number, lineFeed: number): number {
  return lineFeed > start && byteAt(bytes, lineFeed - 1) === CR ? lineFeed - 1 : lineFeed;
}
