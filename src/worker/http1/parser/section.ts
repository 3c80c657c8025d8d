import { ByteBuffer } from './byte-buffer.ts';
import { byteAt, CR, LF } from './bytes.ts';
import { FieldLines } from './fields.ts';
import { HttpError } from './http-error.ts';
import { checkLineFeed, checkPrefix, parseStatusLine, type StatusLine } from './status-line.ts';

/** Servers send one or two. */
const MAX_EMPTY_LINES = 16;

export interface ParserLimits {
  /** Most bytes on the wire of a head, interim responses before it included; a trailer section has as much again. */
  readonly maxHeadSize: number;
  /** Most field lines, counted likewise. */
  readonly maxHeadFields: number;
}

/**
 * A run of lines up to an empty one: a head, or a trailer section (RFC 9112 sections 2.1 and 7.1.2).
 *
 *   begin -> feed* -> complete -> takeFields -> begin          a head, later its trailers
 *                        +------> nextHead  -> feed* -> ...    an interim response, then what it announced
 *
 * A line is read where it lies if `feed` brought all of it. Otherwise its beginning is kept until its end comes.
 *
 * Invariant: keptBytes <= size counted so far <= maxHeadSize. A lone LF is accepted (RFC 9112 section 2.2) but counts
 * as the CRLF it stands for, because with that no field line grows when it is brought into its kept form.
 *
 * A few empty lines may stand before a status line: some servers end what came before with one too many. RFC 9112
 * section 2.2 tells servers to skip them, and Node and undici do it as clients. Nothing but an answer can follow, since
 * what comes before the request is sent never gets here.
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
  /** Since the last head. */
  #emptyLines = 0;

  constructor(limits: ParserLimits) {
    this.#limits = limits;
  }

  /** True from the empty line on. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Of the head under way, as soon as its first line has passed. */
  get statusLine(): StatusLine | null {
    return this.#statusLine;
  }

  /** True before the first byte since {@link begin}. */
  get untouched(): boolean {
    return this.#size === 0 && this.#partialLine.length === 0;
  }

  get keptBytes(): number {
    return this.#partialLine.length + this.#fields.size;
  }

  get foldedFraming(): boolean {
    return this.#fields.foldedFraming;
  }

  begin(kind: 'head' | 'trailers'): void {
    this.clear();
    this.#expectsStatusLine = kind === 'head';
  }

  /** Another head on the same allowance, or a server could go on with `100 Continue` for ever. */
  nextHead(): void {
    this.#fieldsOfInterims += this.#fields.count;
    this.#fields.clear();
    this.#statusLine = null;
    this.#expectsStatusLine = true;
    this.#complete = false;
    this.#emptyLines = 0;
  }

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

  /** Reads lines until the section is complete; returns the index of the first byte not consumed. */
  feed(bytes: Uint8Array, start: number, end: number): number {
    // indexOf looks on to the end of its array: past `end` there may be megabytes, and they are not ours.
    const input = end === bytes.length ? bytes : bytes.subarray(0, end);
    let at = start;
    while (at < end && !this.#complete) {
      if (this.#expectsStatusLine) this.#checkStatusLine(input, at, end);
      const lineFeed = input.indexOf(LF, at);
      if (lineFeed < 0) {
        this.#keep(input, at, end);
        return end;
      }
      if (this.#partialLine.length === 0) {
        this.#endLine(input, at, lineFeed);
      } else {
        this.#keep(input, at, lineFeed);
        this.#endLine(this.#partialLine.bytes, 0, this.#partialLine.length);
        this.#partialLine.clear();
      }
      at = lineFeed + 1;
    }
    return at;
  }

  /** Looks no further than to the first byte too many: of two faults, the first counts, however they come. */
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

  /**
   * `bytes[start, lineFeed)` is a line with its CR, if it has one. Any other CR is a control character to its
   * reader.
   */
  #endLine(bytes: Uint8Array, start: number, lineFeed: number): void {
    const end = lineFeed > start && byteAt(bytes, lineFeed - 1) === CR ? lineFeed - 1 : lineFeed;
    this.#size += end - start + 2;
    this.#checkSize(this.#size);
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

  #checkSize(size: number): void {
    const { maxHeadSize } = this.#limits;
    if (size <= maxHeadSize) return;
    throw new HttpError(
      'HEAD_TOO_LARGE',
      `the header or trailer section is larger than ${maxHeadSize} bytes`,
    );
  }

  #checkEmptyLines(): void {
    if (++this.#emptyLines <= MAX_EMPTY_LINES) return;
    throw new HttpError(
      'INVALID_STATUS_LINE',
      `more than ${MAX_EMPTY_LINES} empty lines where a status line belongs (RFC 9112 section 4)`,
    );
  }

  #checkCount(count: number): void {
    const { maxHeadFields } = this.#limits;
    if (count <= maxHeadFields) return;
    throw new HttpError(
      'TOO_MANY_FIELDS',
      `the header or trailer section has more than ${maxHeadFields} fields`,
    );
  }
}
