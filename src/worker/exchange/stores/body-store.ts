import type { Result } from '../../../shared/enums.ts';
import type { Failure } from '../../../shared/failure.ts';

/**
 * Where the body of one answer is kept: memory, or a file. A store may also stand before another one, to unpack a body
 * on its way there. The connection puts bytes in as they come over the wire, on the worker's thread. The
 * {@link StoreOwner} hears what becomes of them. No method waits or throws. A store that has failed ignores further
 * bytes.
 */
export interface BodyStore {
  /** Bytes that were put in and are not processed yet. While there are many, the connection reads no more. */
  readonly pending: number;
  /**
   * Memory for the next bytes, at most `most` of them, perhaps fewer. Empty: they can only be given to `add()`. It
   * stays as it is until something is put in.
   */
  region(most: number): Uint8Array;
  /** The first `count` bytes of the last `region()` are body. */
  commit(count: number): void;
  /** Copies `bytes[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number): void;
  /** The body is complete. */
  end(): void;
  /** Nobody wants the body any more, complete or not. The owner hears nothing more. May be called twice. */
  close(): void;
}

/** Hears exactly once what became of a body: it was stored, or that has failed. Perhaps inside a call of the store. */
export interface StoreOwner {
  /** Fewer bytes are pending than before. */
  onRoom(): void;
  /** After `end()`. `body`: what was kept in memory, in an ArrayBuffer of its own. */
  onStored(body: Uint8Array<ArrayBuffer>): void;
  onStoreFailed(result: Result, failure: Failure): void;
}

/** For a body that nobody wants. */
export const NO_STORE: BodyStore = {
  pending: 0,
  region: () => NOTHING,
  commit: () => {},
  add: () => {},
  end: () => {},
  close: () => {},
};

const NOTHING = new Uint8Array(0);
