/**
 * A body that is kept in memory, as it comes: it grows with what has come, never with what was announced, and ends as
 * one ArrayBuffer of its own. Everything throws RangeError where there is no memory.
 */
export class MemoryBody {
  readonly #most: number;
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #length = 0;

  /** `most`: bytes that it can come to have. Memory for more is never made. */
  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }

  /** Room for the next bytes, at most `most` of them: they can be put there, and are body with `commit()`. */
  region(most: number): Uint8Array {
    this.#makeRoom(Math.min(most, PIECE));
    return this.#bytes.subarray(this.#length, this.#length + most);
  }

  commit(count: number): void {
    this.#length += count;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  #makeRoom(count: number): void {
    const least = this.#length + count;
    if (least <= this.#bytes.length) return;
    const size = Math.max(2 * this.#bytes.length, FIRST);
    const grown = new Uint8Array(Math.max(least, Math.min(size, this.#most)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** All of it. What was made too large is copied. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
    this.#bytes = NOTHING;
    this.#length = 0;
    return bytes;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes of the first piece of memory, and of the largest that is read into at once. */
const FIRST = 16_384;
const PIECE = 2 ** 20;
