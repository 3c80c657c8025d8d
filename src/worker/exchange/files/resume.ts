/** A version of the content of a URL (RFC 9110 section 8.8.3): a strong ETag, and its number of bytes. */
export interface Version {
  readonly etag: string;
  readonly total: number;
}

/** The beginning of a version that is stored already: its first `size` bytes, at least one. */
export interface Found extends Version {
  readonly size: number;
}

/** What an answer means for the file. */
export type Verdict =
  /** The answer is about something else: the file is left alone. `forget`: the stored part is of no use any more. */
  | { readonly kind: 'page'; readonly forget: boolean }
  /** All of the body is to be stored. */
  | { readonly kind: 'fresh' }
  /** The body is the rest. */
  | { readonly kind: 'rest' }
  /** Nothing is missing. */
  | { readonly kind: 'complete' }
  /** The body is a part that does not fit. `why` is for people. */
  | { readonly kind: 'mismatch'; readonly why: string };

/** The fields that ask for the rest (RFC 9110 sections 13.1.5 and 14.2). */
export function fieldsForRest({ etag, size }: Found): string[] {
  return [`Range: bytes=${size}-`, `If-Range: ${etag}`];
}

/** What an answer means if nothing was to be resumed. */
export function judgeWhole(statusCode: number): Verdict {
  return statusCode >= 200 && statusCode <= 299 ? FRESH : PAGE;
}

/**
 * What an answer means if `found` was to be resumed. Null: there was nothing to resume.
 *
 * @param fields `Name: value\n` lines, one character for each byte.
 */
export function judgeRest(found: Found | null, statusCode: number, fields: string): Verdict {
  if (statusCode === 206) return judgePart(found, fields);
  if (statusCode === 416 && found) return judgeUnsatisfied(found, fields);
  return judgeWhole(statusCode);
}

/** RFC 9110 section 15.3.7. */
function judgePart(found: Found | null, fields: string): Verdict {
  if (found === null) return mismatch('no range was asked for');
  const ranges = valuesOf(fields, 'content-range');
  const [, first, last, total] = CONTENT_RANGE.exec(ranges.join(',')) ?? [];
  if (first === undefined) return mismatch('its Content-Range does not say which range it is');
  if (Number(first) !== found.size) return mismatch(`it begins at ${first}, not at ${found.size}`);
  if (Number(total) !== found.total) return mismatch(`it is of ${total} bytes in all, not of ${found.total}`);
  if (Number(last) !== found.total - 1) return mismatch(`it ends at ${last}, not at ${found.total - 1}`);
  if (strongETag(fields) !== found.etag) return mismatch('its ETag has changed, or is missing');
  return { kind: 'rest' };
}

/** RFC 9110 section 15.5.17. */
function judgeUnsatisfied({ size, total, etag }: Found, fields: string): Verdict {
  const now = UNSATISFIED_RANGE.exec(valuesOf(fields, 'content-range').join(','))?.[1];
  const other = valuesOf(fields, 'etag').some((value) => value !== etag);
  const complete = size === total && Number(now) === total && !other;
  return complete ? { kind: 'complete' } : { kind: 'page', forget: true };
}

/** The strong ETag. Null unless there is exactly one ETag. It must be ASCII, because it is sent back. */
export function strongETag(fields: string): string | null {
  const [etag = '', ...more] = valuesOf(fields, 'etag');
  return more.length === 0 && isStrongETag(etag) ? etag : null;
}

export function isStrongETag(text: string): boolean {
  return STRONG_ETAG.test(text);
}

function valuesOf(fields: string, name: string): string[] {
  const lines = fields.split('\n').filter((line) => line.toLowerCase().startsWith(`${name}: `));
  return lines.map((line) => line.slice(name.length + 2));
}

function mismatch(why: string): Verdict {
  return { kind: 'mismatch', why };
}

const FRESH: Verdict = { kind: 'fresh' };
const PAGE: Verdict = { kind: 'page', forget: false };
const STRONG_ETAG = /^"[\x21\x23-\x7e]{0,1000}"$/;
const CONTENT_RANGE = /^bytes[\t ]+(\d{1,15})-(\d{1,15})\/(\d{1,15})$/i;
const UNSATISFIED_RANGE = /^bytes[\t ]+\*\/(\d{1,15})$/i;
