import { copyBytes, tryCopyOf } from '../../../shared/copy.ts';
import { Counterweight } from '../../../shared/counterweight.ts';
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
  /** How many it has. */
  lent: number;
}

/**
 * Copies the bodies of a pool's clients, in memory that is used again (pieces.ts). No call waits for a piece: if none
 * is free, a new one is made. At most {@link MOST_FREE} are kept, and each only as long as it is needed: every two
 * seconds a worker asks for those that were not.
 */
export class UploadPieces implements Uploads {
  readonly #deliver: (threadId: number, ticket: PiecesTicket) => void;
  /** The last one is used first, because it is the most likely to be in a processor's cache. */
  readonly #free: ArrayBuffer[] = [];
  /** Pieces with a copy that was not sent yet. A caller's own memory may look like a piece, and is not in it. */
  readonly #inHand = new WeakSet<ArrayBufferLike>();
  /** The least number that was free since a worker last asked. */
  #unneeded = 0;
  #lastAsked = 0;
  readonly #borrowers = new Map<number, Borrower>();
  readonly #counterweight = new Counterweight();

  constructor(deliver: (threadId: number, ticket: PiecesTicket) => void) {
    this.#deliver = deliver;
  }

  /** How many pieces are kept for later bodies. */
  get kept(): number {
    return this.#free.length;
  }

  /** How many pieces the threads have. */
  get lent(): number {
    let sum = 0;
    for (const { lent } of this.#borrowers.values()) sum += lent;
    return sum;
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
    if (piece) this.#inHand.add(piece);
    return piece;
  }

  takeBack(copies: readonly Uint8Array[]): void {
    const pieces = copies.map(({ buffer }) => buffer).filter(isPiece);
    this.#free.push(...pieces.filter((piece) => this.#inHand.delete(piece)));
    const [borrower] = this.#borrowers.values();
    // This message makes the thread ask for them. Without a thread they would stay for ever.
    if (borrower) this.#give(borrower, this.#excess());
    else freePieces(this.#takeAll());
  }

  lendTo(threadId: number, copies: readonly Uint8Array[]): void {
    const lent = copies.filter(({ buffer }) => this.#inHand.delete(buffer)).length;
    if (lent === 0) return;
    this.#borrowerFor(threadId).lent += lent;
    this.#counterweight.balance(this.lent);
  }

  #borrowerFor(threadId: number): Borrower {
    const known = this.#borrowers.get(threadId);
    if (known) return known;
    const { port1, port2 } = new MessageChannel();
    const inbox = openInbox<FromBorrower>(port1);
    const borrower: Borrower = {
      port: port1,
      inbox,
      hear: (message) => this.#hear(borrower, message),
      lent: 0,
    };
    inbox.overhear(borrower.hear);
    this.#borrowers.set(threadId, borrower);
    this.#deliver(threadId, { kind: 'pieces', port: port2 });
    return borrower;
  }

  /** In a program whose event loop does not turn, nothing else hears what the threads have said. */
  drain(): void {
    for (const { inbox, hear } of this.#borrowers.values()) inbox.drain(hear);
  }

  #hear(borrower: Borrower, message: FromBorrower): void {
    if (message.verb === 'unneeded?') {
      this.#give(borrower, this.#spare());
      return;
    }
    // A program may have given away memory that looks like a piece.
    borrower.lent = Math.max(0, borrower.lent - message.pieces.length);
    this.#free.push(...message.pieces);
    this.#counterweight.balance(this.lent);
    const excess = this.#excess();
    if (excess.length > 0) this.#give(borrower, excess);
  }

  #give({ port }: Borrower, pieces: ArrayBuffer[]): void {
    port.postMessage({ pieces, kept: this.#free.length } satisfies SpareMessage, pieces);
  }

  /** Takes the pieces that were not needed since a worker last asked. */
  #spare(): ArrayBuffer[] {
    const time = now();
    // Another thread has just asked.
    if (time - this.#lastAsked < PAUSE_MILLISECONDS) return [];
    this.#lastAsked = time;
    const spare = this.#free.splice(0, this.#unneeded);
    this.#unneeded = this.#free.length;
    return spare;
  }

  #excess(): ArrayBuffer[] {
    const excess = this.#free.splice(0, Math.max(0, this.#free.length - MOST_FREE));
    this.#unneeded = Math.min(this.#unneeded, this.#free.length);
    return excess;
  }

  #takeAll(): ArrayBuffer[] {
    this.#unneeded = 0;
    return this.#free.splice(0);
  }

  /** Frees what is kept, too: perhaps no other thread would ask for it. */
  endThread(threadId: number): void {
    this.#borrowers.get(threadId)?.port.close();
    this.#borrowers.delete(threadId);
    this.#counterweight.balance(this.lent);
    freePieces(this.#takeAll());
  }

  end(): void {
    for (const threadId of [...this.#borrowers.keys()]) this.endThread(threadId);
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

/** Enough for a body of 128 MiB. */
const MOST_FREE = 128;

/** Milliseconds. A worker asks half as often. */
const PAUSE_MILLISECONDS = 1000;
