import { Counterweight } from '../../shared/counterweight.ts';
import type { Port } from '../../shared/messages.ts';
import { type FromBorrower, freePieces, isPiece, type SpareMessage } from '../../shared/pieces.ts';
import type { Lent } from '../connection/lent.ts';

/** The pieces (pieces.ts) that this thread has. */
export class LentPieces implements Lent {
  readonly #uses = new Map<ArrayBufferLike, number>();
  /** Pieces that are about to go back. */
  #unused: ArrayBuffer[] = [];
  #port: Port | null = null;
  /** Whether the caller may have pieces that it does not need. */
  #mayHaveSpare = false;
  #asked = false;
  #beatsToAsk = BEATS_PER_QUESTION;
  /** The most pieces that this thread had at once; no more than it has, and the caller keeps. */
  #most = 0;
  readonly #counterweight = new Counterweight();

  /** From now on pieces go back by this port. Some may have come before it. */
  open(port: Port): void {
    this.#port = port;
    this.#send();
  }

  hold({ buffer }: Uint8Array): void {
    if (!isPiece(buffer)) return;
    const uses = this.#uses.get(buffer) ?? 0;
    this.#uses.set(buffer, uses + 1);
    if (uses === 0) this.#balance();
  }

  release(bytes: Uint8Array): void {
    const { buffer } = bytes;
    const left = (this.#uses.get(buffer) ?? 0) - 1;
    if (left > 0) this.#uses.set(buffer, left);
    else if (this.#uses.delete(buffer)) this.giveBack(bytes);
  }

  giveBack({ buffer }: Uint8Array): void {
    if (!isPiece(buffer)) return;
    this.#unused.push(buffer);
    if (this.#uses.size === 0 || this.#unused.length >= MOST_UNUSED) this.#send();
  }

  /** Several in one message: each may wake the caller's thread. */
  #send(): void {
    const pieces = this.#unused;
    if (this.#port === null || pieces.length === 0) return;
    this.#unused = [];
    this.#mayHaveSpare = true;
    this.#port.postMessage({ verb: 'returned', pieces } satisfies FromBorrower, pieces);
    this.#balance();
  }

  #balance(): void {
    this.#most = Math.max(this.#most, this.#has);
    this.#counterweight.balance(this.#most - this.#has);
  }

  get #has(): number {
    return this.#uses.size + this.#unused.length;
  }

  /** The caller's reply to a question, or pieces for which the caller has no room. */
  hear({ pieces, kept }: SpareMessage): void {
    freePieces(pieces);
    this.#asked = false;
    this.#mayHaveSpare ||= kept > 0;
    this.#most = Math.min(this.#most, this.#has + kept);
    this.#balance();
  }

  /** Called four times a second. */
  beat(): void {
    if (this.#port === null) freePieces(this.#unused.splice(0));
    this.#send();
    if (this.#port === null || !this.#mayHaveSpare || this.#asked) return;
    this.#beatsToAsk -= 1;
    if (this.#beatsToAsk > 0) return;
    this.#beatsToAsk = BEATS_PER_QUESTION;
    this.#asked = true;
    this.#mayHaveSpare = false;
    this.#port.postMessage({ verb: 'unneeded?' } satisfies FromBorrower);
  }
}

const MOST_UNUSED = 8;

/** Two seconds. */
const BEATS_PER_QUESTION = 8;
