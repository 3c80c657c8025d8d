import { byteAt } from './bytes.ts';

/** Bytes that must outlive the `feed` that brought them. The owner of the buffer enforces the limit. */
export class ByteBuffer {
  #bytes = new Uint8Array(256);
  #length = 0;
  /** What was taken last: a view of #bytes. */
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
    // A loop for names and values: they are short, and a temporary object for each would cost more than the copy.
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

  /** The content, as a view that is valid until the next `append` or `push`. The buffer is empty afterwards. */
  take(): Uint8Array {
    // Mostly the next content is as long as the last one, and a view costs more than all that is done with it.
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

/** Bytes. */
const SHORT = 384;
