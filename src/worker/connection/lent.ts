/**
 * Counts the uses of memory that the caller has lent (pieces.ts). After the last use the memory goes back. Other memory
 * is ignored.
 */
export interface Lent {
  /** A use begins: of all these bytes, or of a part of them. */
  hold(bytes: Uint8Array): void;
  /** A use ends. */
  release(bytes: Uint8Array): void;
  /** These bytes were not used, and will not be. */
  giveBack(bytes: Uint8Array): void;
}

/** For places where the caller lends no memory. */
export const NOTHING_LENT: Lent = { hold: () => {}, release: () => {}, giveBack: () => {} };
