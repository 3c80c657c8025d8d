import { freePieces, PIECE_BYTES } from './pieces.ts';

/**
 * Spares a thread the collections that the pieces of large bodies would cause. V8 counts the memory of the buffers that
 * a thread has. When the count has risen by 64 MiB above its lowest value since the last full collection, V8 starts
 * another. Without a counterweight, a body of 128 MiB would cause two on the caller's thread, when its pieces come
 * back, and one on the worker's.
 *
 * So while many pieces are with the other thread, this one holds memory that counts the same. Nobody touches that
 * memory, so it takes up addresses only. Smaller bodies need none.
 */
export class Counterweight {
  readonly #weights: ArrayBuffer[] = [];
  #scarce = false;

  /** So many pieces are with the other thread, and may come. Counts in steps, because each has its price. */
  balance(away: number): void {
    const wanted = Math.min(Math.ceil((away - HARMLESS) / STEP), MOST_WEIGHTS);
    if (wanted < this.#weights.length) freePieces(this.#weights.splice(Math.max(0, wanted)));
    while (this.#weights.length < wanted && !this.#scarce) this.#add();
  }

  /** Where memory is scarce, each attempt would make V8 collect what it can. So the first failure is the last. */
  #add(): void {
    try {
      this.#weights.push(new ArrayBuffer(WEIGHT_BYTES, { maxByteLength: WEIGHT_BYTES }));
    } catch {
      this.#scarce = true;
    }
  }
}

/** Pieces: half of what V8 allows. */
const HARMLESS = 32;

/** Pieces. */
const STEP = 16;

/** With the harmless ones, for as many pieces as a pool keeps. */
const MOST_WEIGHTS = 6;

/** Resizable for the same reason as a piece. */
const WEIGHT_BYTES = STEP * PIECE_BYTES;
