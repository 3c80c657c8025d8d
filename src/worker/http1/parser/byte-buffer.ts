import { byteAt } from './bytes.ts';

/** Bytes that must outlive the `feed` that brought them. The owner of the buffer enforces the limit. */
export class ByteBuffer {
  #bytes = new Uint8Array(256);
  #length = 0;
  /** The last result of `take()`, a view of #bytes. */
  #view = NOTHING;

  get length(): number {
    return this.#length;
  }

  /** The memory itself. Its content is `[0, length)`. Valid until the next `append` or `push`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.#grow(end - start);
    const length = this.#length;
    // Names and values are short. For those, making a view takes longer than a loop.
    if (end - start > SHORT) this.#bytes.set(bytes.subarray(start, end), length);
    else for (let at = start; at < end; at++) this.#bytes[length + at - start] = byteAt(bytes, at);
    this.#length = length + end - start;
  }

  push(byte: number): void {
    this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  dropLast(): void {
    this.#length--;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Returns the content, and empties the buffer. The next `append` or `push` overwrites what was returned. */
  take(): Uint8Array {
    // The next content is mostly as long as the last. Then its view serves again, because making one takes long.
    if (this.#view.length !== this.#length) this.#view = this.#bytes.subarray(0, this.#length);
    this.clear();
    return this.#view;
  }

  #grow(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = NOTHING;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes. Up to here the loop is faster. */
const SHORT = 384;
