import { copyBytes, tryCopyOf } from '../../../shared/copy.ts';
import type { Port } from '../../../shared/messages.ts';
import {
  type FromBorrower,
  freePieces,
  isPiece,
  makePiece,
  PIECE_BYTES,
  type PiecesTicket,
  type SpareMessage,
} from '../../../shared/pieces.ts';
import type { Inbox, Uploads } from '../place.ts';
import { now } from './clock.ts';
import { openInbox } from './inbox.ts';

/** A thread that has pieces. */
interface Borrower {
  readonly port: Port;
  readonly inbox: Inbox<FromBorrower>;
  readonly hear: (message: FromBorrower) => void;
}

/**
 * Copies the bodies of a pool's clients, in memory that is used again (pieces.ts). No call waits for a piece: if none is
 * free, a new one is made. At most {@link MOST_FREE} are kept, and each only as long as it is needed: every two seconds
 * a worker asks for those that were not.
 */
export class UploadPieces implements Uploads {
  readonly #deliver: (threadId: number, ticket: PiecesTicket) => void;
  /** The last one is the most likely to be in a processor's cache. */
  #free: ArrayBuffer[] = [];
  /** How many are with the threads. A thread that dies keeps its own. */
  #lent = 0;
  /** How many were free at any time since the last look. */
  #unneeded = 0;
  #lastLook = 0;
  readonly #borrowers = new Map<number, Borrower>();

  constructor(deliver: (threadId: number, ticket: PiecesTicket) => void) {
    this.#deliver = deliver;
  }

  /** How many pieces are kept for later bodies. */
  get kept(): number {
    return this.#free.length;
  }

  /** How many pieces the threads have. */
  get lent(): number {
    return this.#lent;
  }

  copyPiece(body: Uint8Array, at: number): Uint8Array<ArrayBuffer> | null {
    const bytes = body.subarray(at, at + PIECE_BYTES);
    if (bytes.length < SMALLEST) return tryCopyOf(bytes);
    const piece = this.#take();
    if (piece === null) return null;
    const copy = new Uint8Array(piece, 0, bytes.length);
    copyBytes(copy, 0, bytes);
    return copy;
  }

  copy(body: Uint8Array): Uint8Array<ArrayBuffer>[] | null {
    const copies: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < body.length; at += PIECE_BYTES) {
      const copy = this.copyPiece(body, at);
      if (copy === null) {
        this.takeBack(copies);
        return null;
      }
      copies.push(copy);
    }
    return copies;
  }

  #take(): ArrayBuffer | null {
    if (this.#free.length === 0) this.drain();
    const piece = this.#free.pop() ?? tryMakePiece();
    this.#unneeded = Math.min(this.#unneeded, this.#free.length);
    if (piece) this.#lent += 1;
    return piece;
  }

  takeBack(copies: readonly Uint8Array[]): void {
    this.#keep(copies.map(({ buffer }) => buffer).filter(isPiece));
    freePieces(this.#excess());
  }

  #keep(pieces: readonly ArrayBuffer[]): void {
    this.#lent -= pieces.length;
    this.#free.push(...pieces);
  }

  /** From now on the thread can send the memory of copies back. */
  lendTo(threadId: number, copies: readonly Uint8Array[]): void {
    if (this.#borrowers.has(threadId) || !copies.some(({ buffer }) => isPiece(buffer))) return;
    const { port1, port2 } = new MessageChannel();
    const inbox = openInbox<FromBorrower>(port1);
    const hear = (message: FromBorrower): void => this.#hear(port1, message);
    inbox.overhear(hear);
    this.#borrowers.set(threadId, { port: port1, inbox, hear });
    this.#deliver(threadId, { kind: 'pieces', port: port2 });
  }

  /** In a program whose event loop does not turn, nothing else hears what the threads have said. */
  drain(): void {
    for (const { inbox, hear } of this.#borrowers.values()) inbox.drain(hear);
  }

  #hear(port: Port, message: FromBorrower): void {
    if (message.verb === 'look') {
      this.#give(port, this.#spare());
      return;
    }
    this.#keep(message.pieces);
    const excess = this.#excess();
    if (excess.length > 0) this.#give(port, excess);
  }

  #give(port: Port, pieces: ArrayBuffer[]): void {
    const more = this.#free.length > 0;
    port.postMessage({ pieces, more } satisfies SpareMessage, pieces);
  }

  /** What was free all the time since the last look. */
  #spare(): ArrayBuffer[] {
    const time = now();
    // The look of another thread.
    if (time - this.#lastLook < LOOK_MILLISECONDS) return [];
    this.#lastLook = time;
    const spare = this.#free.splice(0, this.#unneeded);
    this.#unneeded = this.#free.length;
    return spare;
  }

  #excess(): ArrayBuffer[] {
    const excess = this.#free.splice(0, Math.max(0, this.#free.length - MOST_FREE));
    this.#unneeded = Math.min(this.#unneeded, this.#free.length);
    return excess;
  }

  /** The thread is gone, and with it what it had. */
  endThread(threadId: number): void {
    this.#borrowers.get(threadId)?.port.close();
    // What had come back before is lost as well: it would have to be asked for.
    this.#borrowers.delete(threadId);
    if (this.#borrowers.size > 0) return;
    freePieces(this.#free);
    this.#free = [];
    this.#unneeded = 0;
    this.#lent = 0;
  }
}

function tryMakePiece(): ArrayBuffer | null {
  try {
    return makePiece();
  } catch {
    return null;
  }
}

/** Bytes. For fewer, a message back costs more than new memory. */
const SMALLEST = 2 ** 17;

/** A body of 128 MiB finds enough of them if one of its size was sent a moment ago. */
const MOST_FREE = 128;

/** Milliseconds. A worker looks half as often. */
const LOOK_MILLISECONDS = 1000;
