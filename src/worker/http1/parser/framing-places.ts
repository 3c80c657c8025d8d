import { byteAt } from './bytes.ts';

export type FramingKey = 'contentLength' | 'transferEncoding' | 'connection';

/**
 * Where among the fields of a head those are that decide about its framing. They are noted as they come, so that nobody
 * has to look for them again. A place is the index at which the value begins; -1 without the field.
 */
export class FramingPlaces {
  contentLength = -1;
  transferEncoding = -1;
  connection = -1;
  /** One of them came twice: its lines are one list (RFC 9110 section 5.3). The place is that of the last. */
  repeated = false;
  /** Content-Length or Transfer-Encoding was folded: it came on several lines. */
  folded = false;

  /**
   * A field has come, whose name is `bytes[start, end)`. Among the fields that are kept it stands `moved` bytes further
   * on, and its value begins two bytes behind the name.
   */
  note(bytes: Uint8Array, start: number, end: number, moved: number): void {
    const key = keyOf(bytes, start, end);
    if (key === null) return;
    this.repeated ||= this[key] >= 0;
    this[key] = end + moved + 2;
  }

  /** The field whose name is `lines[start, end)` goes on in another line. */
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

/** What the field with the name `lines[start, end)` decides; null for nearly all. */
export function keyOf(lines: Uint8Array, start: number, end: number): FramingKey | null {
  // The length comes first: for nearly every field it decides already.
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

/** Whether `lowerCase`, of letters and hyphens, stands at `start`, in whatever case. */
export function hasWord(lines: Uint8Array, start: number, lowerCase: string): boolean {
  for (let index = 0; index < lowerCase.length; index++) {
    // Bit 5 is the case of a letter, and is set in `-`. It would turn a CR into `-`, but behind a CR comes an LF, which
    // is not a letter.
    if ((byteAt(lines, start + index) | 0x20) !== lowerCase.charCodeAt(index)) return false;
  }
  return true;
}
