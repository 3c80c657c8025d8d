import { ByteBuffer } from './byte-buffer.ts';
import { byteAt, COLON, CR, findControl, isBlank, isToken, LF, quote, SP, TEXT, TOKEN } from './bytes.ts';
import { FramingPlaces } from './framing-places.ts';
import { HttpError } from './http-error.ts';

/**
 * Field lines, checked and in one form: `Name: value`, and LF or CRLF (RFC 9112 section 5). Name and value are bytes as
 * they came: their reader decides whether obs-text is UTF-8 or Latin-1. The form is never longer than the line with its
 * CRLF. A line that comes in this form is kept as it is, with its CR if it has one.
 */
export class FieldLines {
  readonly #lines = new ByteBuffer();
  #count = 0;
  /** Where the name of the last field begins and ends. */
  #nameAt = 0;
  #nameEnd = 0;
  /** Where the fields are that frame the body. `clear()` forgets them. */
  readonly framing = new FramingPlaces();

  get count(): number {
    return this.#count;
  }

  /** Bytes held until {@link take}. */
  get size(): number {
    return this.#lines.length;
  }

  /**
   * Checks the line that begins at `start`. Nearly every line is complete before `end`, and already in our form. Such a
   * line is counted, and the index behind it is returned; the caller then passes it to {@link keep}. For any other line
   * -1 is returned, and the caller passes it to {@link add}. `runStart` is where the first line begins that was checked
   * and not kept yet.
   *
   * This reads each byte once, and allocates nothing. Its loops read the tables themselves, because a function call for
   * each byte is slower.
   */
  check(bytes: Uint8Array, start: number, end: number, runStart: number): number {
    let at = start;
    while (at < end && TOKEN[bytes[at] ?? 0] === 1) at++;
    const nameEnd = at;
    const valueAt = nameEnd + 2;
    if (nameEnd === start || valueAt >= end || bytes[nameEnd] !== COLON || bytes[nameEnd + 1] !== SP)
      return -1;
    at = valueAt;
    while (at < end && TEXT[bytes[at] ?? 0] === 1) at++;
    const valueEnd = at;
    if (at + 1 < end && bytes[at] === CR) at++;
    if (at >= end || bytes[at] !== LF) return -1;
    const blanks = isBlank(byteAt(bytes, valueAt)) || isBlank(byteAt(bytes, valueEnd - 1));
    if (blanks && valueEnd > valueAt) return -1;
    const moved = this.#lines.length - runStart;
    this.#nameAt = start + moved;
    this.#nameEnd = nameEnd + moved;
    this.#count++;
    this.framing.note(bytes, start, nameEnd, moved);
    return at + 1;
  }

  /** Keeps `bytes[start, end)`: the lines that {@link check} has accepted since the last call. */
  keep(bytes: Uint8Array, start: number, end: number): void {
    this.#lines.append(bytes, start, end);
  }

  /** `bytes[start, end)` is a line of at least one byte, without its line end. */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (isBlank(byteAt(bytes, start))) {
      this.#unfold(bytes, start, end);
      return;
    }
    const colon = findColon(bytes, start, end);
    this.#nameAt = this.#lines.length;
    this.#nameEnd = this.#nameAt + colon - start;
    this.#lines.append(bytes, start, colon + 1);
    this.#lines.push(SP);
    this.#appendValue(bytes, colon + 1, end);
    this.#lines.push(LF);
    this.#count++;
    this.framing.note(bytes, start, colon, this.#nameAt - start);
  }

  /** Returns the lines, and forgets them. The next line overwrites what was returned. */
  take(): Uint8Array {
    this.#count = 0;
    return this.#lines.take();
  }

  clear(): void {
    this.#count = 0;
    this.framing.clear();
    this.#lines.clear();
  }

  /** A line fold becomes one SP: a user agent has to, where a server may refuse (RFC 9112 section 5.2). */
  #unfold(bytes: Uint8Array, start: number, end: number): void {
    if (this.#count === 0) {
      throw invalid('whitespace before the first field name (RFC 9112 section 2.2)');
    }
    this.#lines.dropLast();
    if (byteAt(this.#lines.bytes, this.#lines.length - 1) === CR) this.#lines.dropLast();
    this.framing.folds(this.#lines.bytes, this.#nameAt, this.#nameEnd);
    const valueIsEmpty = byteAt(this.#lines.bytes, this.#lines.length - 1) === SP;
    if (!valueIsEmpty) this.#lines.push(SP);
    const valueAt = this.#lines.length;
    this.#appendValue(bytes, start, end);
    const foldIsEmpty = this.#lines.length === valueAt;
    if (foldIsEmpty && !valueIsEmpty) this.#lines.dropLast();
    this.#lines.push(LF);
  }

  /** Without the whitespace around it. A value therefore never ends in SP, on which unfolding relies. */
  #appendValue(bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    let to = end;
    while (from < to && isBlank(byteAt(bytes, from))) from++;
    while (to > from && isBlank(byteAt(bytes, to - 1))) to--;
    const control = findControl(bytes, from, to);
    if (control < to) {
      const name = quote(this.#lines.bytes, this.#nameAt, this.#nameEnd);
      const found = `control character ${quote(bytes, control, control + 1)}`;
      throw invalid(`${found} in the value of the field ${name} (RFC 9110 section 5.5)`);
    }
    this.#lines.append(bytes, from, to);
  }
}

/** The colon stands right after the name: whitespace between them has been used to smuggle (RFC 9112 section 5.1). */
function findColon(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isToken(byteAt(bytes, at))) at++;
  if (at > start && at < end && byteAt(bytes, at) === COLON) return at;
  if (at === end) throw invalid('field line without a colon (RFC 9112 section 5.1)');
  if (byteAt(bytes, at) === COLON) throw invalid('field line without a name (RFC 9112 section 5.1)');
  throw invalid(
    `${quote(bytes, at, at + 1)} in a field name${nameBeforeBlanks(bytes, start, at, end)} (RFC 9112 section 5.1)`,
  );
}

/**
 * The name for a message, if only blanks are between it and the colon. Any other text may be no name: the line may be
 * the rest of a value that has a line end in it.
 */
function nameBeforeBlanks(bytes: Uint8Array, start: number, nameEnd: number, end: number): string {
  let at = nameEnd;
  while (at < end && isBlank(byteAt(bytes, at))) at++;
  return at > nameEnd && at < end && byteAt(bytes, at) === COLON ? `: ${quote(bytes, start, nameEnd)}` : '';
}

/** Messages never show a field's value: it may be a secret, such as a cookie. */
function invalid(problem: string): HttpError {
  return new HttpError('INVALID_HEADER', problem);
}
