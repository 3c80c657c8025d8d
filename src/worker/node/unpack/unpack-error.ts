import type { Coding } from '../../unpack/decoder.ts';

/** Packed bytes that are not what they should be. */
export class UnpackError extends Error {
  override readonly name = 'UnpackError';

  /** zlib's own, or the one that zlib has for this. */
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** It is not as its format says. */
export function corrupt(coding: Coding, what: string, code = 'Z_DATA_ERROR', cause?: unknown): UnpackError {
  return new UnpackError(`the ${coding} data is corrupt: ${what}`, code, { cause });
}

/** Something is missing. */
export function cutShort(coding: Coding): UnpackError {
  return new UnpackError(`the ${coding} data ends in the middle`, 'Z_BUF_ERROR');
}

/** An error of zlib, or one of those above, in plain words. */
export function explainZlib(coding: Coding, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error) || error instanceof UnpackError) return error;
  if (error.code === 'Z_BUF_ERROR') return cutShort(coding);
  return corrupt(coding, error.message, String(error.code), error);
}
