import type { Socket } from 'node:net';

/**
 * Writes a request in pieces: a TLS socket would encrypt a gigabyte at once, and hold every other connection of the
 * thread meanwhile. The head travels with the first piece. Errors come as the socket's `error` event.
 *
 * A server that refuses a body answers and closes at once. Node gives a socket up with the first write that fails,
 * and the answer that it has not read with it; so each piece waits for the end of the loop's turn, when what had come
 * is read. An answer that comes together with the reset, during one write, is still lost: Node has no way to read on.
 */
export class Upload {
  readonly #socket: Socket;
  readonly #body: Uint8Array | null;
  #next = 0;

  constructor(socket: Socket, head: string, body: Uint8Array | null) {
    this.#socket = socket;
    this.#body = body;
    socket.cork();
    socket.write(head);
    this.#writePiece();
    socket.uncork();
  }

  /** Everything has been handed to the operating system. */
  get complete(): boolean {
    return this.#next >= (this.#body?.length ?? 0) && this.#socket.writableLength === 0;
  }

  #writePiece(): void {
    const body = this.#body;
    if (body === null || this.#next >= body.length || this.#socket.destroyed) return;
    const piece = body.subarray(this.#next, this.#next + PIECE);
    this.#next += piece.length;
    this.#socket.write(piece, (error) => {
      if (!error) setImmediate(() => this.#writePiece());
    });
  }
}

const PIECE = 2 ** 20;
