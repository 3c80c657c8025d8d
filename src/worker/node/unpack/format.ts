import type { Method } from './zlib.ts';

/**
 * What is to be done next with the packed bytes of a body.
 *
 * A {@link Format} reads what stands around the data, and hands the data to zlib. It does no work itself, so it is the
 * same for bytes that come piece by piece and for those that are all there.
 */
export type Step =
  /** Read `count` bytes. The last one is the answer. If `mayEnd`, the body may end here instead. */
  | { readonly kind: 'pass'; readonly count: number; readonly mayEnd: boolean }
  /** From here on bytes are unpacked with `method`, `start` before any other. */
  | {
      readonly kind: 'open';
      readonly method: Method;
      readonly start: Uint8Array;
      /** Is shown all unpacked bytes. */
      readonly see: (unpacked: Uint8Array) => void;
    }
  /** Unpack `count` bytes. The last one is the answer. */
  | { readonly kind: 'feed'; readonly count: number }
  /** Unpack all that follows until zlib says that it is the end of the data. */
  | { readonly kind: 'feedAll' }
  /** Go on when all that was unpacked has been read. */
  | { readonly kind: 'close' };

/** The way through a body. It throws for invalid bytes. Bytes that follow when it has returned are ignored. */
export type Format = Generator<Step, void, number>;

/** The next byte, which must be there. */
export const BYTE: Step = { kind: 'pass', count: 1, mayEnd: false };

/** The next byte, if there is one. */
export const BYTE_OR_END: Step = { kind: 'pass', count: 1, mayEnd: true };

export const FEED_ALL: Step = { kind: 'feedAll' };
export const CLOSE: Step = { kind: 'close' };

/** Passes over bytes that must be there. */
export function pass(count: number): Step {
  return { kind: 'pass', count, mayEnd: false };
}

/** Opens an unpacker. */
export function open(
  method: Method,
  start: readonly number[] = [],
  see: (unpacked: Uint8Array) => void = noSee,
): Step {
  return { kind: 'open', method, start: Uint8Array.from(start), see };
}

function noSee(): void {}
