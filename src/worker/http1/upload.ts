import type { RequestMessage } from '../../shared/messages.ts';
import type { Later } from '../connection/event-loop.ts';
import type { Transport } from '../connection/transport.ts';

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
  /** A piece is being written, or about to be. */
  #busy = true;
  readonly #onTaken: (count: number) => void;
  readonly #most: number;

  /**
   * `onTaken` is called when the system has taken a piece. `small`: the pieces are small, so that progress is visible
   * on a slow line.
   */
  constructor(
    { bodyLength, body }: RequestMessage,
    later: Later,
    small: boolean,
    onTaken: (count: number) => void,
  ) {
    this.#later = later;
    this.#onTaken = onTaken;
    this.#most = small ? SMALL_PIECE : PIECE;
    this.#left = bodyLength;
    if (body) this.#pieces.push(body);
  }

  /** More of the body has come. */
  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
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

  #waitForTurn(): void {
    this.#busy = true;
    this.#later(() => this.#writePiece(null));
  }

  #writePiece(head: string | null): void {
    const piece = this.#take();
    this.#busy = piece !== null;
    if (this.#transport === null || this.#transport.dead) return;
    if (piece === null) {
      if (head !== null) this.#transport.put([head]);
      return;
    }
    this.#left -= piece.length;
    this.#transport.put(head === null ? [piece] : [head, piece], () => {
      this.#onTaken(piece.length);
      this.#waitForTurn();
    });
  }

  #take(): Uint8Array | null {
    const first = this.#pieces.shift();
    if (first === undefined) return null;
    if (first.length > this.#most) this.#pieces.unshift(first.subarray(this.#most));
    return first.subarray(0, this.#most);
  }
}

const PIECE = 2 ** 20;
const SMALL_PIECE = 2 ** 16;
