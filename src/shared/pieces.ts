import { isArrayBuffer } from './kinds.ts';
import type { Port } from './messages.ts';

/**
 * The memory in which copies of bodies travel to the worker, and which the worker sends back to be used again. New
 * memory would cost the caller far more than the copy: the system brings it page by page, when it is written to
 * for the first time.
 *
 * A piece is transferred, so it belongs to one thread at a time: the caller can't write into it while the worker reads
 * it, and what a dead worker has is gone with it.
 *
 *     caller: takes a free piece, or makes one; copies ── request, body, write, order ──> worker: writes it to a socket
 *             keeps it for the next body               <────── `returned` ─────────────   when the system has taken it
 *                                                      <────── `unneeded?` ────────────   now and then
 *             those that were not needed since the last time ── `spare` ──>               frees them
 */

/** Bytes: as many as the worker writes at once. Only the first part of a piece may be used. */
export const PIECE_BYTES = 2 ** 20;

/** Memory that the caller's program has given away is not a piece. Such memory is hardly ever resizable. */
export function isPiece(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return isArrayBuffer(buffer) && buffer.byteLength === PIECE_BYTES && buffer.resizable;
}

/**
 * A new piece. Throws `RangeError` if there is no memory. It is resizable because V8 takes resizable memory straight
 * from the system, and returns it there. Other memory comes from an allocator, which may keep it.
 */
export function makePiece(): ArrayBuffer {
  return new ArrayBuffer(PIECE_BYTES, { maxByteLength: PIECE_BYTES });
}

/**
 * Gives memory back to the system at once. The garbage collector would do so at some later time. Memory that is
 * transferred to a closed port is freed immediately.
 */
export function freePieces(pieces: ArrayBuffer[]): void {
  if (pieces.length === 0) return;
  closed ??= closedPort();
  closed.postMessage(null, pieces);
}

let closed: Port | null = null;

function closedPort(): Port {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

/** Brings the port by which pieces come back. */
export interface PiecesTicket {
  readonly kind: 'pieces';
  readonly port: Port;
}

/** What the worker says about pieces. */
export type FromBorrower =
  /** The worker does not use these any more. */
  | { readonly verb: 'returned'; readonly pieces: ArrayBuffer[] }
  /** Asks for the pieces that were not needed since the last time. A {@link SpareMessage} brings them. */
  | { readonly verb: 'unneeded?' };

/** Pieces that the caller does not need. The worker frees them, because that takes long. */
export interface SpareMessage {
  readonly pieces: ArrayBuffer[];
  /** How many others the caller keeps. */
  readonly kept: number;
}
