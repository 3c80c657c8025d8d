import type { OwnFailure } from '../../shared/failure.ts';
import { messageOf } from '../../shared/kinds.ts';
import type { Coding } from './decoder.ts';

/** The failure of a body that is not packed as its Content-Encoding says. */
export function notUnpacked(codings: readonly Coding[], error: unknown): OwnFailure {
  const message = `The body can't be decompressed (Content-Encoding: ${codings.join(', ')}): ${messageOf(error)}.`;
  return { phase: 'body', code: 'BODY_DECOMPRESS_FAILED', message, request: 'answered' };
}
