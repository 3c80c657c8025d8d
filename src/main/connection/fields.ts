import { fieldLines } from '../../shared/field-text.ts';

/**
 * The fields of a response. They stay bytes until somebody asks: decoding and splitting them takes as long as the
 * server likes.
 */
export class Fields {
  static readonly NONE = new Fields(new Uint8Array(0));

  readonly #bytes: Uint8Array;
  #lines: readonly string[] | null = null;

  /**
   * @param bytes `Name: value` lines, which end in LF or CRLF. They must not change before the first call of `lines()`.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Each field as `Name: value`, in the server's order. The first call creates the array. */
  lines(): readonly string[] {
    this.#lines ??= fieldLines(this.#bytes);
    return this.#lines;
  }

  /** The values of all fields called `name`, in order. Names compare without case (RFC 9110 section 5.1). */
  values(name: string): string[] {
    return valuesIn(this.lines(), name);
  }
}

/** The values of all fields called `name`, in the order of `lines`. No field's name has a colon. */
export function valuesIn(lines: readonly string[], name: string): string[] {
  if (name.includes(':')) return [];
  const wanted = `${name.toLowerCase()}: `;
  return lines
    .filter((line) => line.slice(0, wanted.length).toLowerCase() === wanted)
    .map((line) => line.slice(wanted.length));
}
