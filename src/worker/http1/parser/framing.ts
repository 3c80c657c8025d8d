import { byteAt, COLON, CR, isDigit, isToken, LF, latin1, quote } from './bytes.ts';
import { type FramingPlaces, hasWord, keyOf } from './framing-places.ts';
import { HttpError } from './http-error.ts';
import type { StatusLine } from './status-line.ts';

/**
 * How long a response is, and whether the connection survives it (RFC 9112 sections 6.3 and 9.3). Request smuggling
 * attacks this decision. So a response whose length two readers could see differently is refused, not repaired. Only a
 * 407 is not: see {@link refusalFraming}.
 */
export interface Framing {
  readonly body: 'none' | 'fixed' | 'chunked' | 'until-close';
  /** The Content-Length field's value, even if no body follows; -1 without the field, or if it MUST be ignored. */
  readonly contentLength: number;
  /** Transfer-Encoding ends in `chunked`, even if no body follows; false if it MUST be ignored. */
  readonly chunked: boolean;
  readonly keepAlive: boolean;
}

/**
 * `method` is the request's. `fields` are in the form of {@link FieldLines}, and `places` are noted of them.
 *
 * Nearly every head has a Content-Length of one number, or a Transfer-Encoding of `chunked`, and at most one word as
 * its Connection. Those are read from the bytes. Anything else is decoded to texts and lists first.
 */
export function decideFraming(
  method: string,
  statusLine: StatusLine,
  fields: Uint8Array,
  places: FramingPlaces,
): Framing {
  const { statusCode, versionMinor } = statusLine;
  const keepAlive = survives(versionMinor, fields, places);
  if (statusCode === 101) return { body: 'none', contentLength: -1, chunked: false, keepAlive: false };
  if (method === 'CONNECT' && statusCode >= 200 && statusCode < 300) {
    // A tunnel begins, and framing fields "MUST be ignored" (RFC 9110 section 9.3.6): not even looked at.
    return { body: 'none', contentLength: -1, chunked: false, keepAlive };
  }

  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) {
    return { body: 'none', ...announced(versionMinor, fields, places, keepAlive) };
  }
  if (statusCode === 407) return refusalFraming(versionMinor, fields, places, keepAlive);
  return bodyFraming(judge(versionMinor, fields, places), keepAlive);
}

/**
 * A proxy wants other credentials, and its caller has to learn of it. So faulty framing of a 407 only costs the body
 * and the connection, as it does in the response to a CONNECT (http-tunnel.ts). Only proxies send a 407 (RFC 9110
 * section 15.5.8), so nobody asks here whether one was there.
 */
function refusalFraming(
  versionMinor: number,
  fields: Uint8Array,
  places: FramingPlaces,
  keepAlive: boolean,
): Framing {
  const judgement = judgeOrNull(versionMinor, fields, places);
  if (judgement === null) return { body: 'none', contentLength: -1, chunked: false, keepAlive: false };
  return bodyFraming(judgement, keepAlive);
}

function bodyFraming({ contentLength, chunked, sound }: Judgement, keepAlive: boolean): Framing {
  if (chunked) return { body: 'chunked', contentLength, chunked, keepAlive: keepAlive && sound };
  if (contentLength < 0) return { body: 'until-close', contentLength, chunked, keepAlive: false };
  return { body: contentLength > 0 ? 'fixed' : 'none', contentLength, chunked, keepAlive };
}

/**
 * What the head says about a body that does not follow. Whatever that is, the response ends with the head (RFC 9112
 * section 6.3, rule 1). So nothing is refused, but after faulty framing the connection is not used again.
 */
function announced(
  versionMinor: number,
  fields: Uint8Array,
  places: FramingPlaces,
  keepAlive: boolean,
): Omit<Framing, 'body'> {
  const judgement = judgeOrNull(versionMinor, fields, places);
  if (judgement === null) return { contentLength: -1, chunked: false, keepAlive: false };
  const { contentLength, chunked, sound } = judgement;
  return { contentLength, chunked, keepAlive: keepAlive && sound };
}

interface Judgement {
  readonly contentLength: number;
  readonly chunked: boolean;
  /** False: the framing can be read in one way only, but the sender may be wrong about it. */
  readonly sound: boolean;
}

/** Null if the framing is faulty. */
function judgeOrNull(versionMinor: number, fields: Uint8Array, places: FramingPlaces): Judgement | null {
  try {
    return judge(versionMinor, fields, places);
  } catch (error) {
    if (error instanceof HttpError) return null;
    throw error;
  }
}

/** Throws `HttpError` if the framing is faulty. */
function judge(versionMinor: number, fields: Uint8Array, places: FramingPlaces): Judgement {
  const { contentLength, transferEncoding, repeated, folded } = places;
  if (repeated || folded) return judgeTexts(versionMinor, collectFields(fields), folded);
  if (transferEncoding < 0) {
    const length = contentLength < 0 ? -1 : decimalAt(fields, contentLength);
    if (contentLength < 0 || length >= 0) return { contentLength: length, chunked: false, sound: true };
  } else if (contentLength < 0 && isValue(fields, transferEncoding, 'chunked')) {
    return { contentLength: -1, chunked: true, sound: versionMinor > 0 };
  }
  return judgeTexts(versionMinor, collectFields(fields), folded);
}

/** The value at `start`, if all of it is a number of at most {@link SAFE_DIGITS} digits; otherwise -1. */
function decimalAt(fields: Uint8Array, start: number): number {
  let number = 0;
  let at = start;
  for (; isDigit(byteAt(fields, at)) && at < start + SAFE_DIGITS; at++) {
    number = number * 10 + byteAt(fields, at) - 0x30;
  }
  return at > start && endsLine(byteAt(fields, at)) ? number : -1;
}

/** Every number of so many digits is a safe integer. */
const SAFE_DIGITS = 15;

/** Whether the whole value at `start` is the word `lowerCase`, in upper or lower case. */
function isValue(fields: Uint8Array, start: number, lowerCase: string): boolean {
  return hasWord(fields, start, lowerCase) && endsLine(byteAt(fields, start + lowerCase.length));
}

/** No value contains a CR, so that ends the line, too. */
function endsLine(byte: number): boolean {
  return byte === CR || byte === LF;
}

function judgeTexts(versionMinor: number, found: FramingFields, folded: boolean): Judgement {
  const { contentLength, transferEncoding } = found;
  if (transferEncoding === null) {
    if (contentLength === null) return { contentLength: -1, chunked: false, sound: true };
    return { contentLength: parseContentLength(contentLength, folded), chunked: false, sound: true };
  }
  // The section allows clients to repair this, but attacks rely on such repairs.
  if (contentLength !== null)
    throw invalidTransferEncoding('both Transfer-Encoding and Content-Length', '6.3');
  if (folded) throw invalidTransferEncoding(`Transfer-Encoding ${FOLDED}`, '5.2');
  const { chunked, repeated } = parseTransferEncoding(transferEncoding);
  // "MUST treat the message as if the framing is faulty". The consequence in that section is to close afterwards.
  return { contentLength: -1, chunked, sound: versionMinor > 0 && !repeated };
}

/**
 * Other fields are unfolded. A framing field is not, because readers differ: some take each line as a field of its own.
 * Messages do not show its value: a line that was meant as another field, with a blank before it, would be part of it.
 */
const FOLDED = 'is on several lines';

interface FramingFields {
  contentLength: string | null;
  transferEncoding: string | null;
  connection: string | null;
}

/** Several lines with the same name are one list (RFC 9110 section 5.3). */
function collectFields(fields: Uint8Array): FramingFields {
  const found: FramingFields = { contentLength: null, transferEncoding: null, connection: null };
  for (let at = 0; at < fields.length; ) {
    const colon = fields.indexOf(COLON, at);
    const lineFeed = fields.indexOf(LF, colon);
    const key = keyOf(fields, at, colon);
    if (key !== null) {
      const end = byteAt(fields, lineFeed - 1) === CR ? lineFeed - 1 : lineFeed;
      const value = latin1(fields, colon + 2, end);
      const before = found[key];
      found[key] = before === null ? value : `${before},${value}`;
    }
    at = lineFeed + 1;
  }
  return found;
}

/**
 * One number, or a list that repeats the same number, digit for digit. RFC 9110 section 8.6 leaves it to us to refuse
 * such a list or to use its one value. Browsers, curl and hyper use it, and no two readers can differ.
 */
function parseContentLength(value: string, folded: boolean): number {
  if (folded) {
    throw new HttpError('INVALID_CONTENT_LENGTH', `Content-Length ${FOLDED} (RFC 9112 section 5.2)`);
  }
  const [first = '', ...others] = listElements(value);
  const length = Number(first);
  const one =
    /^[0-9]+$/.test(first) && Number.isSafeInteger(length) && others.every((other) => other === first);
  if (one) return length;
  // Anything but numbers may be the value of another field.
  const shown = /^[\d.,+\- \t]*$/.test(value) ? ` ${quoteText(value)}` : '';
  const problem = 'is not one number (RFC 9110 section 8.6)';
  throw new HttpError('INVALID_CONTENT_LENGTH', `Content-Length${shown} ${problem}`);
}

/** The codings of IANA's registry, and what stands beside `chunked` by mistake. */
const CODINGS: ReadonlySet<string> = new Set(
  'chunked compress deflate gzip identity x-compress x-gzip br zstd'.split(' '),
);

/**
 * Codings without `chunked` are handed over as they are, and the body ends with the connection (RFC 9112 section 6.3,
 * rule 4; Node and undici do so, and curl for the codings that it knows). An empty list (RFC 9110 section 5.6.1.2) is
 * read like that, too, also by Node, undici and curl. If another coding was applied on top of `chunked`, that rule
 * would hand chunk framing to the caller as content. Section 6.1 forbids senders to do that, so it is refused.
 *
 * `chunked` twice at the end is forbidden too. But it is sent: a program and the server in which it runs both add the
 * field, while only one of them does the chunking. Node, undici and curl read it as `chunked` once.
 */
function parseTransferEncoding(value: string): { chunked: boolean; repeated: boolean } {
  const codings = listElements(value.toLowerCase()).filter((coding) => coding !== '');
  // Only plain tokens: no registered coding has parameters, and `chunked;x` SHOULD be an error (section 7.1).
  const wellFormed = codings.every(isTokenText);
  const index = codings.indexOf('chunked');
  const behind = codings.length - 1 - index;
  if (wellFormed && (index < 0 || codings.slice(index).every((coding) => coding === 'chunked'))) {
    return { chunked: index >= 0, repeated: index >= 0 && behind > 0 };
  }
  if (!wellFormed) throw invalidTransferEncoding('Transfer-Encoding is not a list of codings', '6.1');
  // Anything but known codings may be the value of another field.
  const shown = codings.every((coding) => CODINGS.has(coding)) ? ` ${quoteText(value)}` : '';
  const problem = 'chunked can only be the last coding';
  throw invalidTransferEncoding(`Transfer-Encoding${shown}: ${problem}`, '6.1');
}

/** RFC 9112 section 9.3, the server's half. */
function survives(
  versionMinor: number,
  fields: Uint8Array,
  { connection, repeated }: FramingPlaces,
): boolean {
  if (connection < 0) return versionMinor === 1;
  if (!repeated && isValue(fields, connection, 'keep-alive')) return true;
  const options = listElements((collectFields(fields).connection ?? '').toLowerCase());
  if (options.includes('close')) return false;
  return versionMinor === 1 || options.includes('keep-alive');
}

/**
 * The elements of a comma list, without the whitespace around them. It uses no regular expression, since one that trims
 * takes quadratic time for a long run of blanks. Nor does it use trim(), which removes an NBSP too: for other readers,
 * `chunked` with an NBSP is not `chunked`.
 */
function listElements(list: string): string[] {
  return list.split(',').map((element) => {
    let start = 0;
    let end = element.length;
    while (start < end && isBlankAt(element, start)) start++;
    while (end > start && isBlankAt(element, end - 1)) end--;
    return element.slice(start, end);
  });
}

function isBlankAt(text: string, index: number): boolean {
  return text[index] === ' ' || text[index] === '\t';
}

function isTokenText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (!isToken(text.charCodeAt(index))) return false;
  }
  return true;
}

function quoteText(text: string): string {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return quote(bytes, 0, bytes.length);
}

function invalidTransferEncoding(problem: string, section: string): HttpError {
  return new HttpError('INVALID_TRANSFER_ENCODING', `${problem} (RFC 9112 section ${section})`);
}
