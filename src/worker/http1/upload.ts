import type { RequestMessage } from '../../shared/messages.ts';
import { PIECE_BYTES } from '../../shared/pieces.ts';
import type { Later } from '../connection/event-loop.ts';
import type { Lent } from '../connection/lent.ts';
import type { Transport } from '../connection/transport.ts';

/** What an upload works with. */
export interface UploadTools {
  readonly later: Later;
  readonly lent: Lent;
  /** The pieces are small, so that progress is visible on a slow line. */
  readonly small: boolean;
  /** Called when the system has taken a piece. */
  readonly onTaken: (count: number) => void;
}

/**
 * A request's body on its way to the server. It comes from the caller in pieces, and is written in pieces: a TLS socket
 * would encrypt a gigabyte at once, and block every other connection of the thread meanwhile. The head travels with the
 * first piece. The transport reports errors.
 *
 * A server that refuses a body answers and closes at once. Each piece waits for the end of the event loop's turn, when
 * everything that has come is read. So most such answers are here before a write fails. socket-transport.ts saves the
 * others if the socket has `onread`. In a tunnel through a proxy, an answer is lost if it comes together with the
 * reset, during one write.
 */
export class Upload {
  readonly #pieces: Uint8Array[] = [];
  /** Bytes that were not given to the transport yet, whether they are here or still to come. */
  #left: number;
  #transport: Transport | null = null;
  readonly #later: Later;
  readonly #lent: Lent;
  #givenUp = false;
  /** A piece is being written, or about to be. */
  #busy = true;
  readonly #onTaken: (count: number) => void;
  readonly #most: number;

  constructor({ bodyLength, body }: RequestMessage, { later, lent, small, onTaken }: UploadTools) {
    this.#later = later;
    this.#lent = lent;
    this.#onTaken = onTaken;
    this.#most = small ? SMALL_PIECE : PIECE_BYTES;
    this.#left = bodyLength;
    for (const bytes of body) this.#queue(bytes);
  }

  #queue(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#lent.hold(bytes);
  }

  /** More of the body has come. */
  add(bytes: Uint8Array): void {
    this.#queue(bytes);
    if (this.#givenUp) this.giveUp();
    if (!this.#busy) this.#waitForTurn();
  }

  start(transport: Transport, head: string): void {
    this.#transport = transport;
    this.#writePiece(head);
  }

  /** Everything has been handed to the operating system. */
  get complete(): boolean {
    return this.#left === 0 && this.#transport?.flushed === true;
  }

  /** Drops what was not written yet. A write that is under way ends by itself. */
  giveUp(): void {
    this.#givenUp = true;
    for (const bytes of this.#pieces.splice(0)) this.#lent.release(bytes);
  }

  #waitForTurn(): void {
    this.#busy = true;
    this.#later(() => this.#writePiece(null));
  }

  #writePiece(head: string | null): void {
    if (this.#transport === null || this.#transport.dead) {
      this.giveUp();
      return;
    }
    const piece = this.#take();
    this.#busy = piece !== null;
    if (piece === null) {
      if (head !== null) this.#transport.put([head]);
      return;
    }
    this.#left -= piece.length;
    this.#transport.put(head === null ? [piece] : [head, piece], (taken) => {
      const { length } = piece;
      // Its memory may go back now, and then the piece is empty.
      this.#lent.release(piece);
      if (!taken) return;
      this.#onTaken(length);
      this.#waitForTurn();
    });
  }

  /** The next bytes, held for the write. */
  #take(): Uint8Array | null {
    const first = this.#pieces.shift();
    if (first === undefined) return null;
    const piece = first.subarray(0, this.#most);
    this.#lent.hold(piece);
    if (first.length > this.#most) this.#pieces.unshift(first.subarray(this.#most));
    else this.#lent.release(first);
    return piece;
  }
}

/** Bytes. */
const SMALL_PIECE = 2 ** 16;
