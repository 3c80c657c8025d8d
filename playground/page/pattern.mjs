/** The byte at each place of a body is that place modulo this prime: so a piece too many or too few shows. */
export const PERIOD = 251;

/** @param {number} size */
export function patternOf(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = at % PERIOD;
  return bytes;
}

/** What takes the bytes of one download: it counts them, and looks at the first and the last of each piece. */
export class Arrivals {
  bytes = 0;

  /** @param {Uint8Array} piece */
  take(piece) {
    if (piece.length === 0) return;
    if (piece[0] !== this.bytes % PERIOD) throw new Error(`a wrong byte at ${this.bytes}`);
    this.bytes += piece.length;
    if (piece.at(-1) !== (this.bytes - 1) % PERIOD) throw new Error(`a wrong byte at ${this.bytes - 1}`);
  }
}
