/**
 * Memory in pieces of one size that is used again. Fresh memory costs more than the bytes that are copied into it: the
 * system clears each page when it is first touched, and the collector has to take it back.
 */
export class SpareBuffers {
  readonly #buffers: ArrayBuffer[] = [];

  get count(): number {
    return this.#buffers.length;
  }

  take(): ArrayBuffer {
    return this.#buffers.pop() ?? new ArrayBuffer(SPARE_SIZE);
  }

  /** Memory of another size, or more than a few pieces, is left to the collector. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === SPARE_SIZE && this.#buffers.length < MOST) this.#buffers.push(buffer);
  }

  /** All that there is. */
  takeAll(): ArrayBuffer[] {
    return this.#buffers.splice(0);
  }
}

/** Bytes of a piece. */
export const SPARE_SIZE = 2 ** 18;

const MOST = 32;
