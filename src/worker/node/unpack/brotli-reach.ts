/**
 * How many bytes brotli's decoder may unpack before the limit stops it: it hands out nothing before its window is full
 * or a block ends. So, whatever the limit is, a few packed bytes can keep a thread busy for as long as 16 MiB take, 40
 * ms. The result follows from the size of the window, and from the sizes of the blocks up to one whose end is not known
 * (RFC 7932 sections 9.1 and 9.2).
 */
export function brotliReach(packed: Uint8Array): number {
  const bits = new Bits(packed);
  const window = 2 ** windowBits(bits);
  let before = 0;
  while (!bits.ended) {
    const isLast = bits.take(1) === 1;
    if (isLast && bits.take(1) === 1) return Math.min(window, before);
    const nibbles = 4 + bits.take(2);
    // This is metadata, not a block.
    if (nibbles > 6) return window;
    const size = bits.take(4 * nibbles) + 1;
    if (isLast) return Math.min(window, before + size);
    const isUnpacked = bits.take(1) === 1;
    if (!isUnpacked) return window;
    bits.skipBytes(size);
    before += size;
  }
  return Math.min(window, before);
}

function windowBits(bits: Bits): number {
  if (bits.take(1) === 0) return 16;
  const high = bits.take(3);
  if (high > 0) return 17 + high;
  const low = bits.take(3);
  return low === 0 ? 17 : 8 + low;
}

/** The lowest bit of a byte comes first. */
class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= 8 * this.#bytes.length;
  }

  take(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value += ((byte >> (this.#at & 7)) & 1) * 2 ** bit;
    }
    return value;
  }

  /** Skips `count` whole bytes, beginning with the next one. */
  skipBytes(count: number): void {
    this.#at = 8 * (Math.ceil(this.#at / 8) + count);
  }
}
