import type { Coding } from './decoder.ts';

/**
 * The Accept-Encoding that goes with a request's fields. Undefined if the caller has set that field. A part of an
 * answer can't be decompressed, so a request with a Range asks for an unpacked answer, as browsers do.
 */
export function askPacked(headers: readonly string[], codings: readonly Coding[]): string | undefined {
  if (headers.some((header) => ACCEPT_ENCODING.test(header))) return undefined;
  return headers.some((header) => RANGE.test(header)) ? 'identity' : codings.join(', ');
}

const ACCEPT_ENCODING = /^accept-encoding[\t ]*:/i;
const RANGE = /^range[\t ]*:/i;
