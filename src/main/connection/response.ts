import { HEAD_LENGTH_BYTES, HeadFlag } from '../../shared/log/layout.ts';
import { Fields } from './fields.ts';

/** The head of the response to the last request. `poll()` takes its fields as bytes, and never decodes them. */
export class Response {
  code = 0;
  chunked = false;
  /** -1 when unknown. */
  bodyLength = -1;
  #exists = false;
  #fields = Fields.NONE;
  #trailers = Fields.NONE;

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
    this.#fields = new Fields(payload.subarray(HEAD_LENGTH_BYTES));
  }

  setTrailers(payload: Uint8Array): void {
    this.#trailers = new Fields(payload);
  }

  clear(): void {
    this.#exists = false;
    this.code = 0;
    this.chunked = false;
    this.bodyLength = -1;
    this.#fields = Fields.NONE;
    this.#trailers = Fields.NONE;
  }

  /** The fields of the head. */
  get fields(): Fields {
    return this.#fields;
  }

  /** The fields after a chunked body. */
  get trailers(): Fields {
    return this.#trailers;
  }
}
