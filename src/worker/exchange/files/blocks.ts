interface Block {
  readonly bytes: Uint8Array;
  filled: number;
}

/**
 * Bytes on their way to a file: they are put in as they come over the wire, and taken out in pieces. The memory of a
 * piece stays as it is until the piece is dropped.
 */
export class Blocks {
  readonly #blockSize: number;
  #nextSize: number;
  /** Bytes are put into the last block. */
  readonly #blocks: Block[] = [];
  /** Bytes of the first block that were dropped. */
  #dropped = 0;
  #length = 0;
  /** Blocks to be used again: else the garbage collector would have half a MiB to find for each block. */
  readonly #spare: Uint8Array[] = [];

  /** `least`: the fewest bytes of a piece. `expected`: how many bytes come in all, -1 if that is not known. */
  constructor(least: number, expected: number) {
    this.#blockSize = Math.max(least, BLOCK);
    this.#nextSize = Math.min(Math.max(expected < 0 ? FIRST : expected, 1), this.#blockSize);
  }

  /** Bytes that were put in and not dropped. */
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

  /** The last block if it has room for `least` bytes, else a new one. */
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

  /**
   * The first bytes: at least `least`, or all that are left of a block that is not the last. Null if there are fewer.
   */
  next(least: number): Uint8Array | null {
    const [first] = this.#blocks;
    if (first === undefined) return null;
    const count = first.filled - this.#dropped;
    const enough = count >= least || this.#blocks.length > 1;
    return enough && count > 0 ? first.bytes.subarray(this.#dropped, first.filled) : null;
  }

  /** The first `count` bytes are not needed any more. */
  drop(count: number): void {
    this.#dropped += count;
    this.#length -= count;
    this.#forgetEmpty();
  }

  /** The last block stays, even if all of it was dropped: bytes may be read into it. */
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

/** Bytes of a block; and of the first block, if it is not known how many bytes come. */
const BLOCK = 2 ** 19;
const FIRST = 65_536;

/** As many blocks as are in use while the socket is held back. */
const MOST_SPARE = 4;

/** Bytes. A socket reads straight into memory that is at least this large. */
const LARGE = 2 ** 17;
