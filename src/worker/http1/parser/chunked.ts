import { byteAt, CR, hexValue, isBlank, isText, LF, quote, SEMICOLON } from './bytes.ts';
import { HttpError } from './http-error.ts';

/** Every safe integer fits into sixteen digits, and leaves room for leading zeros. */
export const MAX_SIZE_DIGITS = 16;
/** As in Go: far longer than any extension in use, and an end to a line that never ends. */
export const MAX_LINE = 4096;

/** What the next byte is read as. The comment on {@link ChunkFraming} shows how one state leads to another. */
type State =
  | 'first-digit'
  | 'size'
  | 'blank'
  | 'semicolon'
  | 'extension'
  | 'line-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'last';

/**
 * What stands between the data of a chunked body, up to the trailer section (RFC 9112 section 7.1).
 *
 *   first-digit -hex-> size -hex-> size
 *   size -SP/HTAB-> blank -SP/HTAB-> blank
 *   size, blank -;-> semicolon -SP/HTAB-> semicolon -other text-> extension -text-> extension
 *   size, blank, extension -CR-> line-lf -LF-> data, or last if the size is 0
 *   data -passed()-> data-cr -CR-> data-lf -LF-> first-digit
 *
 * It reads byte by byte, because a line is some six bytes long, and so nothing has to be kept of a line of any length.
 * Where chunks are small and whole, SmallChunks is ten times as fast.
 *
 * It is strict to the byte, because every leniency here (LF for CRLF, junk after the data) has been used for request
 * smuggling. Two things are tolerated. Blanks behind the size can be read in one way only, and old servers pad sizes
 * with them. Extensions are skipped, well-formed or not: nobody has to know what they mean, and where their line ends
 * is not in doubt. But a semicolon without an extension behind it is refused, as most peers do.
 */
export class ChunkFraming {
  #state: State = 'first-digit';
  #size = 0;
  #digits = 0;
  #lineLength = 0;

  /** Bytes of chunk data that come next. Whoever reads them reports that to {@link passed}. */
  get rest(): number {
    return this.#state === 'data' ? this.#size : 0;
  }

  /** True once the line of the last chunk is over. */
  get last(): boolean {
    return this.#state === 'last';
  }

  begin(): void {
    this.#beginLine();
  }

  passed(count: number): void {
    this.#size -= count;
    if (this.#size > 0) return;
    this.#lineLength = 0;
    this.#state = 'data-cr';
  }

  /**
   * Reads up to the next data or the next chunk, or past the last chunk's line. Returns the index of the first byte
   * that was not consumed.
   */
  feed(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    do {
      if (!this.#accept(byteAt(bytes, at))) {
        throw invalid(`${quote(bytes, at, at + 1)} instead of ${EXPECTED[this.#state]}`);
      }
      at++;
    } while (at < end && !this.fresh && this.#state !== 'data' && this.#state !== 'last');
    return at;
  }

  /** Nothing of a chunk has been read yet: {@link SmallChunks} may take over. */
  get fresh(): boolean {
    return this.#state === 'first-digit';
  }

  #accept(byte: number): boolean {
    if (++this.#lineLength > MAX_LINE) throw invalid(`a chunk's line is longer than ${MAX_LINE} bytes`);
    switch (this.#state) {
      case 'first-digit':
        return this.#acceptDigit(byte);
      case 'size':
        return this.#acceptDigit(byte) || this.#acceptLineEnd(byte) || this.#acceptExtension(byte);
      case 'blank':
        return this.#acceptExtension(byte) || this.#acceptLineEnd(byte);
      case 'semicolon':
        return isBlank(byte) || (isText(byte) && this.#go('extension'));
      case 'extension':
        return isText(byte) || this.#acceptLineEnd(byte);
      case 'line-lf':
        return byte === LF && this.#go(this.#size > 0 ? 'data' : 'last');
      case 'data-cr':
        return byte === CR && this.#go('data-lf');
      case 'data-lf':
        return byte === LF && this.#beginLine();
      case 'data':
      case 'last':
        return false;
    }
  }

  #acceptDigit(byte: number): boolean {
    const digit = hexValue(byte);
    if (digit < 0) return false;
    this.#size = this.#size * 16 + digit;
    if (++this.#digits > MAX_SIZE_DIGITS || this.#size > Number.MAX_SAFE_INTEGER) {
      throw invalid('a chunk size is out of range');
    }
    return this.#go('size');
  }

  /** BWS and `;`. */
  #acceptExtension(byte: number): boolean {
    if (byte === SEMICOLON) return this.#go('semicolon');
    return isBlank(byte) && this.#go('blank');
  }

  #acceptLineEnd(byte: number): boolean {
    return byte === CR && this.#go('line-lf');
  }

  #beginLine(): boolean {
    this.#size = 0;
    this.#digits = 0;
    this.#lineLength = 0;
    return this.#go('first-digit');
  }

  #go(state: State): true {
    this.#state = state;
    return true;
  }
}

const EXPECTED: Readonly<Record<State, string>> = {
  'first-digit': 'a chunk size',
  size: 'the rest of a chunk size line',
  blank: 'the rest of a chunk size line',
  semicolon: 'a chunk extension',
  extension: 'a chunk extension',
  'line-lf': 'the LF after a chunk size',
  data: 'chunk data',
  'data-cr': 'the CRLF after chunk data',
  'data-lf': 'the LF after chunk data',
  last: 'a trailer section',
};

function invalid(message: string): HttpError {
  return new HttpError('INVALID_CHUNK', `${message} (RFC 9112 section 7.1)`);
}
