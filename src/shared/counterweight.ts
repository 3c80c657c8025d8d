import { freePieces, PIECE_BYTES } from './pieces.ts';

/**
 * Spares a thread the collections that the pieces of large bodies would cause. V8 counts the memory of the buffers that
 * a thread has. When the count has risen by 64 MiB above its lowest value since the last full collection, V8 starts
 * another. Without a counterweight, a body of 128 MiB would cause two on the caller's thread, when its pieces come
 * back, and one or two on the worker's.
 *
 * So while pieces are away, the thread holds as much memory that counts the same. Nobody touches that memory, so it
 * only takes up addresses.
 */
export class Counterweight {
  readonly #weights: ArrayBuffer[] = [];

  /** This many pieces are away, which the thread had or will have. Counts in steps, because each has its price. */
  balance(away: number): void {
    const wanted = Math.min(Math.floor(away / STEP), MOST_WEIGHTS);
    if (wanted < this.#weights.length) freePieces(this.#weights.splice(wanted));
    while (this.#weights.length < wanted) {
      const weight = tryMakeWeight();
      if (weight === null) return;
      this.#weights.push(weight);
    }
  }
}

function tryMakeWeight(): ArrayBuffer | null {
  try {
    return new ArrayBuffer(WEIGHT_BYTES, { maxByteLength: WEIGHT_BYTES });
  } catch {
    return null;
  }
}

/** Pieces. A quarter of what V8 allows. */
const STEP = 16;

/** For as many pieces as a pool keeps. */
const MOST_WEIGHTS = 8;

/** Resizable for the same reason as a piece. */
const WEIGHT_BYTES = STEP * PIECE_BYTES;
