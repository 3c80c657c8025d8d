import { byteAt } from './bytes.ts';

export type FramingKey = 'contentLength' | 'transferEncoding' | 'connection';

/**
 * Where the fields are that decide the framing of a message. Each is noted as it comes, so that nobody has to search
 * for it later. A place is the index at which the value begins, or -1 if the field has not come.
 */
export class FramingPlaces {
  contentLength = -1;
  transferEncoding = -1;
  connection = -1;
  /** A field came more than once, so its values are one list (RFC 9110 section 5.3). The place is the last one's. */
  repeated = false;
  /** Content-Length or Transfer-Encoding was folded: it came on several lines. */
  folded = false;

  /**
   * Notes the field whose name is `bytes[start, end)`. Among the kept fields it is `moved` bytes further on. Its value
   * begins two bytes behind the name.
   */
  note(bytes: Uint8Array, start: number, end: number, moved: number): void {
    const key = keyOf(bytes, start, end);
    if (key === null) return;
    this.repeated ||= this[key] >= 0;
    this[key] = end + moved + 2;
  }

  /** Notes that the field whose name is `lines[start, end)` continues on another line. */
  folds(lines: Uint8Array, start: number, end: number): void {
    const key = keyOf(lines, start, end);
    this.folded ||= key === 'contentLength' || key === 'transferEncoding';
  }

  clear(): void {
    this.contentLength = -1;
    this.transferEncoding = -1;
    this.connection = -1;
    this.repeated = false;
    this.folded = false;
  }
}

/** The key of the field whose name is `lines[start, end)`; null if it has nothing to do with framing. */
export function keyOf(lines: Uint8Array, start: number, end: number): FramingKey | null {
  // The length alone rules out nearly every other field.
  switch (end - start) {
    case 10:
      return hasWord(lines, start, 'connection') ? 'connection' : null;
    case 14:
      return hasWord(lines, start, 'content-length') ? 'contentLength' : null;
    case 17:
      return hasWord(lines, start, 'transfer-encoding') ? 'transferEncoding' : null;
    default:
      return null;
  }
}

/** Whether the word `lowerCase`, of letters and hyphens, is at `start`, in upper or lower case. */
export function hasWord(lines: Uint8Array, start: number, lowerCase: string): boolean {
  for (let index = 0; index < lowerCase.length; index++) {
    // Bit 5 is the case of a letter, and is set in `-`. It would turn a CR into `-`, but behind a CR comes an LF, which
    // is not a letter.
    if ((byteAt(lines, start + index) | 0x20) !== lowerCase.charCodeAt(index)) return false;
  }
  return true;
}
