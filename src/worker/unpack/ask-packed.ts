import type { Coding } from './decoder.ts';

/**
 * A request's fields, and besides them what says that a packed answer is welcome, unless the caller has said
 * something about that itself. A part of an answer can't be unpacked: for a Range it is asked as it is (as browsers do).
 */
export function askPacked(headers: readonly string[], codings: readonly Coding[]): readonly string[] {
  if (headers.some((header) => ACCEPT_ENCODING.test(header))) return headers;
  const part = headers.some((header) => RANGE.test(header));
  return [...headers, `Accept-Encoding: ${part ? 'identity' : codings.join(', ')}`];
}

const ACCEPT_ENCODING = /^accept-encoding[\t ]*:/i;
const RANGE = /^range[\t ]*:/i;
