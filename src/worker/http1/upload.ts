import type { Duplex } from 'node:stream';

/**
 * A request's body on its way to the server. It comes from the caller in pieces, and is written in pieces: a TLS
 * socket would encrypt a gigabyte at once, and hold every other connection of the thread meanwhile. The head travels
 * with the first piece. Errors come as the socket's `error` event.
 *
 * A server that refuses a body answers and closes at once. Each piece waits for the end of the loop's turn, when what
 * had come is read, so that most such answers are here before a write fails. The others transport.ts saves, where the
 * socket is read straight; in a tunnel through a proxy an answer that comes together with the reset, during one write,
 * is lost.
 */
export class Upload {
  readonly #pieces: Uint8Array[] = [];
  /** Bytes that were not given to the socket yet, whether they are here or still to come. */
  #left: number;
  #socket: Duplex | null = null;
  /** A piece is being written, or about to be. */
  #busy = true;
  readonly #onProgress: (() => void) | null;

  /** `onProgress` is called when a piece has gone out, and pieces are then small: a slow line goes on all the while. */
  constructor(bodyLength: number, first: Uint8Array | null, onProgress: (() => void) | null) {
    this.#onProgress = onProgress;
    this.#left = bodyLength;
    if (first) this.#pieces.push(first);
  }

  /** More of the body has come. */
  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    if (!this.#busy) this.#goOn();
  }

  start(socket: Duplex, head: string): void {
    this.#socket = socket;
    if (this.#left > 0) socket.cork();
    socket.write(head);
    this.#writePiece();
    socket.uncork();
  }

  /** Everything has been handed to the operating system. */
  get complete(): boolean {
    return this.#left === 0 && this.#socket?.writableLength === 0;
  }

  #goOn(): void {
    this.#busy = true;
    setImmediate(() => this.#writePiece());
  }

  #writePiece(): void {
    const piece = this.#take();
    this.#busy = piece !== null;
    if (piece === null || this.#socket === null || this.#socket.destroyed) return;
    this.#left -= piece.length;
    this.#socket.write(piece, (error) => {
      if (error) return;
      this.#onProgress?.();
      this.#goOn();
    });
  }

  #take(): Uint8Array | null {
    const first = this.#pieces.shift();
    if (first === undefined) return null;
    const most = this.#onProgress ? WATCHED_PIECE : PIECE;
    if (first.length > most) this.#pieces.unshift(first.subarray(most));
    return first.subarray(0, most);
  }
}

const PIECE = 2 ** 20;
const WATCHED_PIECE = 2 ** 16;
