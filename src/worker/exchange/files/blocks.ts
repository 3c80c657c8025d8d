interface Block {
  readonly bytes: Uint8Array;
  filled: number;
}

/**
 * Bytes on their way to a file: they are put in as they come over the wire, and taken out in pieces. Memory that a
 * piece is taken from stays as it is until it is dropped.
 */
export class Blocks {
  readonly #blockSize: number;
  #nextSize: number;
  /** Into the last of them bytes are put. */
  readonly #blocks: Block[] = [];
  /** Bytes of the first block that were dropped. */
  #dropped = 0;
  #length = 0;
  /** Used again: else the collector would have half a MiB to find for each one. */
  readonly #spare: Uint8Array[] = [];

  /** `least`: bytes that a piece shall have; `expected`: how many come in all, -1 if that is not known. */
  constructor(least: number, expected: number) {
    this.#blockSize = Math.max(least, BLOCK);
    this.#nextSize = Math.min(Math.max(expected < 0 ? FIRST : expected, 1), this.#blockSize);
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  /** Memory for the next bytes. */
  region(most: number): Uint8Array {
    const { bytes, filled } = this.#room(Math.min(most, LARGE));
    return bytes.subarray(filled, filled + most);
  }

  commit(count: number): void {
    const last = this.#blocks.at(-1);
    if (last) last.filled += count;
    this.#length += count;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const block = this.#room(1);
      const count = Math.min(end - at, block.bytes.length - block.filled);
      block.bytes.set(bytes.subarray(at, at + count), block.filled);
      this.commit(count);
      at += count;
    }
  }

  /** The last block, or another one, which has room for `least` bytes or is as long as blocks are. */
  #room(least: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.bytes.length - last.filled >= least) return last;
    const bytes = this.#spare.pop() ?? new Uint8Array(this.#nextSize);
    const block = { bytes, filled: 0 };
    this.#nextSize = this.#blockSize;
    this.#blocks.push(block);
    this.#forgetEmpty();
    return block;
  }

  /** The first bytes: at least so many, or as many as a block that is left has. Null: there are not so many. */
  next(least: number): Uint8Array | null {
    const [first] = this.#blocks;
    if (first === undefined) return null;
    const count = first.filled - this.#dropped;
    const enough = count >= least || this.#blocks.length > 1;
    return enough && count > 0 ? first.bytes.subarray(this.#dropped, first.filled) : null;
  }

  /** So many of the first bytes are not needed any more. */
  drop(count: number): void {
    this.#dropped += count;
    this.#length -= count;
    this.#forgetEmpty();
  }

  /** Bytes may be read into the last one, also if all of it was dropped. */
  #forgetEmpty(): void {
    while (this.#blocks.length > 1 && this.#blocks[0]?.filled === this.#dropped) {
      const bytes = this.#blocks.shift()?.bytes;
      this.#dropped = 0;
      if (bytes?.length === this.#blockSize && this.#spare.length < MOST_SPARE) this.#spare.push(bytes);
    }
  }

  clear(): void {
    this.#blocks.length = 0;
    this.#dropped = 0;
    this.#length = 0;
    this.#spare.length = 0;
  }
}

/** Bytes of a block, and of the first one if it is not known how many come. */
const BLOCK = 2 ** 19;
const FIRST = 65_536;

/** As many as are there while the socket is held back. */
const MOST_SPARE = 4;

/** A socket reads straight into what is at least as large. */
const LARGE = 2 ** 17;
