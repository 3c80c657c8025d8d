import { latin1 } from '../../shared/field-text.ts';
import type { Coding } from './decoder.ts';

/**
 * The codings of an answer's body, in the order in which they were applied (RFC 9110 section 8.4). Empty if the body is
 * handed over as it came: because it is not packed, or with a coding that is not `known`, or more than five times; or
 * because the answer has no body, or only a part of one, which can't be decompressed by itself.
 *
 * @param fields `Name: value` lines, which end in LF or CRLF.
 */
export function packedWith(
  statusCode: number,
  fields: Uint8Array,
  known: readonly Coding[],
): readonly Coding[] {
  if (statusCode < 200 || WITHOUT.includes(statusCode)) return [];
  const names = Array.from(latin1(fields).matchAll(CONTENT_ENCODING), ([, value = '']) => value)
    .flatMap((value) => value.split(','))
    .map((name) => name.replace(OWS, '').toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > MOST) return [];
  const codings: Coding[] = [];
  for (const name of names) {
    const coding = known.find((coding) => coding === name || (coding === 'gzip' && name === 'x-gzip'));
    if (coding === undefined) return [];
    codings.push(coding);
  }
  return codings;
}

const CONTENT_ENCODING = /^content-encoding:(.*)$/gim;
const OWS = /^[\t ]+|[\t ]+$/g;

/** No Content, Partial Content, Not Modified. */
const WITHOUT: readonly number[] = [204, 206, 304];

/** As in curl. Only a bomb is packed more often. */
const MOST = 5;
