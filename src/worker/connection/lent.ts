/**
 * Whoever uses bytes that came in memory of the caller's (pieces.ts). When nobody uses that memory any more, it goes
 * back. Other memory is not counted.
 */
export interface Lent {
  /** From now on these bytes are used once more, also by somebody who reads only a part of them. */
  hold(bytes: Uint8Array): void;
  /** One use is over. */
  release(bytes: Uint8Array): void;
  /** Nobody here has used these bytes, or will. */
  giveBack(bytes: Uint8Array): void;
}

/** Where no memory is lent. */
export const NOTHING_LENT: Lent = { hold: () => {}, release: () => {}, giveBack: () => {} };
