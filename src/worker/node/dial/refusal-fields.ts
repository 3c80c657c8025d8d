import { fieldLines } from '../../../shared/field-text.ts';
import type { HeadLimits } from '../../../shared/settings.ts';
import { ByteBuffer } from '../../http1/parser/byte-buffer.ts';
import { byteAt, CR, isBlank, LF } from '../../http1/parser/bytes.ts';

/**
 * The fields of a proxy's refusal, as far as they can be read. Nothing behind a refusal is used, so a faulty field can
 * do no harm there. It must not hide the refusal: a 407 says what to do, and "the proxy sent garbage" does not.
 *
 * A line that is no field is left out, and so is what is beyond the limits. Blanks before a colon are removed.
 */
export class RefusalFields {
  readonly #limits: HeadLimits;
  readonly #bytes = new ByteBuffer();
  /** Where the line under way begins. */
  #lineAt = 0;
  #complete = false;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** The empty line has come, or more than the limit. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Returns the index of the first byte that was not consumed. */
  take(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && !this.#complete) {
      const lineFeed = bytes.indexOf(LF, at);
      const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
      this.#bytes.append(bytes, at, end);
      this.#complete = this.#bytes.length > this.#limits.maxHeadSize;
      if (lineFeed >= 0 && !this.#complete) this.#endLine();
      at = end;
    }
    return at;
  }

  #endLine(): void {
    const { bytes, length } = this.#bytes;
    const lineAt = this.#lineAt;
    this.#lineAt = length;
    this.#complete = length - lineAt === 1 || (length - lineAt === 2 && byteAt(bytes, lineAt) === CR);
  }

  /** What has come of the fields. A line that has no end yet is left out. */
  get lines(): string[] {
    const text = Buffer.from(this.#bytes.bytes.subarray(0, this.#lineAt)).toString('latin1');
    const fields: string[] = [];
    /** A folded line belongs to the last field. */
    let open = false;
    for (const line of text.split('\n')) {
      const fold = FOLD.exec(line)?.[1];
      if (fold !== undefined && open) fields.push(trimmed(`${fields.pop()} ${trimmed(fold)}`));
      if (fold !== undefined) continue;
      const [, name, value = ''] = FIELD.exec(line) ?? [];
      open = name !== undefined && fields.length < this.#limits.maxHeadFields;
      if (open) fields.push(`${name}: ${trimmed(value)}`);
    }
    return fieldLines(Buffer.from(fields.map((field) => `${field}\n`).join(''), 'latin1'));
  }
}

const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[\t ]*:([^\x00-\x08\x0a-\x1f\x7f]*)\r?$/;
const FOLD = /^[\t ]([^\x00-\x08\x0a-\x1f\x7f]*)\r?$/;

/** Without the blanks around it. trim() would remove an NBSP, too, which may be a byte of another character. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
