import { HEAD_LENGTH_BYTES, HeadFlag } from '../../shared/log/layout.ts';
import type { LogReader } from '../../shared/log/reader.ts';
import { Fields } from './fields.ts';

/**
 * The head of the response to the last request. `poll()` takes its fields as bytes, and never decodes them. All heads
 * of a client use the same memory, one after the other, so they leave nothing to the garbage collector until somebody
 * asks for the fields.
 */
export class Response {
  code = 0;
  chunked = false;
  /** -1 when unknown. */
  bodyLength = -1;
  #exists = false;
  /** `[0, #length)` are the fields. */
  #bytes = NOTHING;
  #length = 0;
  /** Null until somebody asks for them. */
  #fields: Fields | null = null;
  #trailers = Fields.NONE;

  get exists(): boolean {
    return this.#exists;
  }

  /**
   * Copies the current record of `log`, a HEAD (layout.ts). It overwrites the fields of the head before it, which must
   * not be used any more.
   */
  set(log: LogReader<ArrayBufferLike>): void {
    this.clear();
    const length = log.payloadLength - HEAD_LENGTH_BYTES;
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(Math.max(LEAST, length));
    log.copyPayload(this.#bytes, HEAD_LENGTH_BYTES);
    this.#length = length;
    this.#exists = true;
    this.code = log.a;
    this.chunked = (log.b & HeadFlag.CHUNKED) !== 0;
    this.bodyLength = log.bodyLength();
  }

  setTrailers(payload: Uint8Array): void {
    this.#trailers = new Fields(payload);
  }

  clear(): void {
    this.#exists = false;
    this.code = 0;
    this.chunked = false;
    this.bodyLength = -1;
    this.#length = 0;
    // Large heads are rare, so their memory is not kept.
    if (this.#bytes.length > LARGE) this.#bytes = NOTHING;
    this.#fields = null;
    this.#trailers = Fields.NONE;
  }

  /** The fields of the head. Use them at once: the next `poll()` may bring another head, which overwrites them. */
  get fields(): Fields {
    this.#fields ??= new Fields(this.#bytes.subarray(0, this.#length));
    return this.#fields;
  }

  /** The fields after a chunked body. */
  get trailers(): Fields {
    return this.#trailers;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes: what is allocated at least, and what is kept at most. */
const LEAST = 256;
const LARGE = 4096;
