import { fieldLines } from '../../shared/field-text.ts';
import { HEAD_LENGTH_BYTES, HeadFlag } from '../../shared/log/layout.ts';

/**
 * The head of the last request's answer, as bytes until somebody asks. `fields` are `Name: value\n` lines; decoding
 * and splitting them costs as much as the server cares to send, so it happens in the accessors and never in `poll()`.
 */
export class Response {
  code = 0;
  chunked = false;
  /** -1 when unknown. */
  bodyLength = -1;
  #exists = false;
  #fields: Uint8Array = NOTHING;
  #trailers: Uint8Array = NOTHING;
  #lines: readonly string[] | null = null;

  get exists(): boolean {
    return this.#exists;
  }

  /** Takes over a HEAD record (layout.ts). */
  set(code: number, flags: number, payload: Uint8Array): void {
    this.clear();
    this.#exists = true;
    this.code = code;
    this.chunked = (flags & HeadFlag.CHUNKED) !== 0;
    this.bodyLength = new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true);
    this.#fields = payload.subarray(HEAD_LENGTH_BYTES);
  }

  setTrailers(payload: Uint8Array): void {
    this.#trailers = payload;
  }

  clear(): void {
    this.#exists = false;
    this.code = 0;
    this.chunked = false;
    this.bodyLength = -1;
    this.#fields = NOTHING;
    this.#trailers = NOTHING;
    this.#lines = null;
  }

  lines(): readonly string[] {
    this.#lines ??= fieldLines(this.#fields);
    return this.#lines;
  }

  trailers(): string[] {
    return fieldLines(this.#trailers);
  }

  /** The values of all fields called `name`, in order. Names compare without case (RFC 9110 section 5.1). */
  values(name: string): string[] {
    const wanted = `${name.toLowerCase()}: `;
    return this.lines()
      .filter((line) => line.slice(0, wanted.length).toLowerCase() === wanted)
      .map((line) => line.slice(wanted.length));
  }
}

const NOTHING = new Uint8Array(0);
