import { byteAt, COLON, isToken, LF, latin1, quote } from './bytes.ts';
import { HttpError } from './http-error.ts';
import type { StatusLine } from './status-line.ts';

/**
 * How long a response is, and whether the connection survives it (RFC 9112 sections 6.3 and 9.3). Request smuggling
 * attacks this decision. So a response whose length two readers could see differently is refused, not repaired.
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
 * `method` is the request's. `fields` are in the form of {@link FieldLines}. `folded`: one of the framing fields came
 * on several lines.
 */
export function decideFraming(
  method: string,
  statusLine: StatusLine,
  fields: Uint8Array,
  folded: boolean,
): Framing {
  const { statusCode, versionMinor } = statusLine;
  const found = collectFields(fields);
  const keepAlive = survives(versionMinor, found.connection);
  if (statusCode === 101) return { body: 'none', contentLength: -1, chunked: false, keepAlive: false };
  if (method === 'CONNECT' && statusCode >= 200 && statusCode < 300) {
    // A tunnel begins, and framing fields "MUST be ignored" (RFC 9110 section 9.3.6): not even looked at.
    return { body: 'none', contentLength: -1, chunked: false, keepAlive };
  }

  if (method === 'HEAD' || statusCode === 204 || statusCode === 304) {
    return { body: 'none', ...announced(versionMinor, found, folded, keepAlive) };
  }
  return bodyFraming(judge(versionMinor, found, folded), keepAlive);
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
  found: FramingFields,
  folded: boolean,
  keepAlive: boolean,
): Omit<Framing, 'body'> {
  try {
    const { contentLength, chunked, sound } = judge(versionMinor, found, folded);
    return { contentLength, chunked, keepAlive: keepAlive && sound };
  } catch (error) {
    if (error instanceof HttpError) return { contentLength: -1, chunked: false, keepAlive: false };
    throw error;
  }
}

interface Judgement {
  readonly contentLength: number;
  readonly chunked: boolean;
  /** False: the framing can be read in one way only, but the sender may be wrong about it. */
  readonly sound: boolean;
}

function judge(versionMinor: number, found: FramingFields, folded: boolean): Judgement {
  const { contentLength, transferEncoding } = found;
  if (transferEncoding === null) {
    if (contentLength === null) return { contentLength: -1, chunked: false, sound: true };
    return { contentLength: parseContentLength(contentLength, folded), chunked: false, sound: true };
  }
  const { chunked, repeated } = parseTransferEncoding(transferEncoding);
  if (folded) throw invalidTransferEncoding(`Transfer-Encoding ${FOLDED}`, '5.2');
  // The section allows clients to repair this, but attacks rely on such repairs.
  if (contentLength !== null)
    throw invalidTransferEncoding('both Transfer-Encoding and Content-Length', '6.3');
  // "MUST treat the message as if the framing is faulty". The consequence in that section is to close afterwards.
  return { contentLength: -1, chunked, sound: versionMinor > 0 && !repeated };
}

/**
 * Other fields are unfolded. A framing field is not, because readers differ: some take each line as a field of its own.
 */
const FOLDED = 'is on several lines';

/** Whether the name `fields[start, end)` is that of a field that must not be folded: see {@link decideFraming}. */
export function isFramingName(fields: Uint8Array, start: number, end: number): boolean {
  const key = keyOf(fields, start, end);
  return key === 'contentLength' || key === 'transferEncoding';
}

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
      const value = latin1(fields, colon + 2, lineFeed);
      const before = found[key];
      found[key] = before === null ? value : `${before},${value}`;
    }
    at = lineFeed + 1;
  }
  return found;
}

function keyOf(fields: Uint8Array, start: number, end: number): keyof FramingFields | null {
  // The length comes first: for nearly every field it decides already.
  switch (end - start) {
    case 10:
      return isName(fields, start, 'connection') ? 'connection' : null;
    case 14:
      return isName(fields, start, 'content-length') ? 'contentLength' : null;
    case 17:
      return isName(fields, start, 'transfer-encoding') ? 'transferEncoding' : null;
    default:
      return null;
  }
}

function isName(fields: Uint8Array, start: number, lowerCase: string): boolean {
  for (let index = 0; index < lowerCase.length; index++) {
    // Bit 5 is the case of a letter, and is set in `-`. It would turn a CR into `-`, but no name contains a CR.
    if ((byteAt(fields, start + index) | 0x20) !== lowerCase.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * One number, or a list that repeats the same number, digit for digit. RFC 9110 section 8.6 leaves it to us to refuse
 * such a list or to use its one value. Browsers, curl and hyper use it, and no two readers can differ.
 */
function parseContentLength(value: string, folded: boolean): number {
  const [first = '', ...others] = listElements(value);
  const length = Number(first);
  const one =
    /^[0-9]+$/.test(first) && Number.isSafeInteger(length) && others.every((other) => other === first);
  if (one && !folded) return length;
  const problem = one ? `${FOLDED} (RFC 9112 section 5.2)` : 'is not one number (RFC 9110 section 8.6)';
  throw new HttpError('INVALID_CONTENT_LENGTH', `Content-Length ${quoteText(value)} ${problem}`);
}

/**
 * Codings without `chunked` are handed over as they are, and the body ends with the connection (RFC 9112 section 6.3,
 * rule 4; Node and undici do so, and curl for the codings that it knows). If another coding was applied on top of
 * `chunked`, that rule would hand chunk framing to the caller as content. Section 6.1 forbids senders to do that, so it
 * is refused.
 *
 * `chunked` twice at the end is forbidden too. But it is sent: a program and the server in which it runs both add the
 * field, while only one of them does the chunking. Node, undici and curl read it as `chunked` once.
 */
function parseTransferEncoding(value: string): { chunked: boolean; repeated: boolean } {
  const codings = listElements(value.toLowerCase()).filter((coding) => coding !== '');
  // Only plain tokens: no registered coding has parameters, and `chunked;x` SHOULD be an error (section 7.1).
  const wellFormed = codings.length > 0 && codings.every(isTokenText);
  const index = codings.indexOf('chunked');
  const behind = codings.length - 1 - index;
  if (wellFormed && (index < 0 || codings.slice(index).every((coding) => coding === 'chunked'))) {
    return { chunked: index >= 0, repeated: index >= 0 && behind > 0 };
  }
  const problem = wellFormed ? 'chunked can only be the last coding' : 'not a list of codings';
  throw invalidTransferEncoding(`Transfer-Encoding ${quoteText(value)}: ${problem}`, '6.1');
}

/** RFC 9112 section 9.3, the server's half. */
function survives(versionMinor: number, connection: string | null): boolean {
  const options = connection === null ? [] : listElements(connection.toLowerCase());
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
