import { byteAt } from './bytes.ts';

/** Bytes that must outlive the `feed` that brought them. The owner of the buffer enforces the limit. */
export class ByteBuffer {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The memory itself. Its content is `[0, length)`. Valid until the next `append` or `push`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.#grow(end - start);
    // A loop: field names and values are short, and two temporary objects each would cost more than the copy.
    for (let at = start; at < end; at++) this.#bytes[this.#length++] = byteAt(bytes, at);
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

  /** A copy of the content, which is the caller's; the buffer is empty afterwards. */
  take(): Uint8Array {
    const content = this.#bytes.slice(0, this.#length);
    this.clear();
    return content;
  }

  #grow(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
