import { byteAt, COLON, CR, isBlank, isDigit, LF, NUL, quote, SP } from './bytes.ts';
import { HttpError } from './http-error.ts';

export interface StatusLine {
  readonly statusCode: number;
  readonly versionMinor: 0 | 1;
}

const PREFIX = 'HTTP/1.';
const MINOR_AT = PREFIX.length;

/**
 * Refuses a status line at its first wrong byte. So a server of another protocol (TLS, HTTP/2, an SSH banner), which
 * may never send a line end, is not mistaken for a slow one. `bytes[start, end)` begins `offset` bytes into the line.
 * An empty line (CRLF or LF), or the beginning of one, passes.
 */
export function checkPrefix(bytes: Uint8Array, start: number, end: number, offset: number): void {
  if (offset === 0 && byteAt(bytes, start) === LF) return;
  if (offset === 0 && byteAt(bytes, start) === CR) {
    if (start + 1 < end) checkLineFeed(bytes, start + 1, end);
    return;
  }
  for (let at = start, index = offset; at < end && index < PREFIX.length; at++, index++) {
    if (byteAt(bytes, at) === PREFIX.charCodeAt(index)) continue;
    const seen = PREFIX.slice(0, offset);
    const came = quote(bytes, start, endOfWord(bytes, start, end));
    throw invalid(`not an HTTP/1.x response: ${seen && `after "${seen}" came `}${came}`);
  }
}

/** Checks the byte behind a CR with which a line begins. */
export function checkLineFeed(bytes: Uint8Array, at: number, end: number): void {
  if (byteAt(bytes, at) !== LF)
    throw invalid(`not an HTTP/1.x response: after "\\r" came ${quote(bytes, at, Math.min(at + 1, end))}`);
}

/**
 * `HTTP/1.x 1*SP 3DIGIT [SP [reason]]`. The prefix has passed {@link checkPrefix}. RFC 9112 section 4 demands exactly
 * one SP before the code, and an SP behind it even if there is no reason. Servers send several SPs, or leave the second
 * one out; that can be read in one way only.
 */
export function parseStatusLine(bytes: Uint8Array, start: number, end: number): StatusLine {
  let codeAt = start + MINOR_AT + 1;
  while (codeAt < end && byteAt(bytes, codeAt) === SP) codeAt++;
  const reasonAt = codeAt + 3;
  if (reasonAt > end) throw invalid(`no status code in ${quote(bytes, start, end)}`);
  const minor = byteAt(bytes, start + MINOR_AT) - 0x30;
  // Nobody speaks HTTP/1.2. Node, undici and curl refuse it, so a server that says so was written for none of them.
  if (minor !== 0 && minor !== 1)
    throw invalid(`unknown HTTP version in ${shownLine(bytes, start, reasonAt, end)}`);
  const statusCode = byteAt(bytes, start + MINOR_AT + 1) === SP ? parseCode(bytes, codeAt) : -1;
  if (statusCode < 100 || (reasonAt < end && byteAt(bytes, reasonAt) !== SP)) {
    throw invalid(
      `no status code from 100 to 999 after the version in ${shownLine(bytes, start, reasonAt, end)}`,
    );
  }
  if (endOfReason(bytes, reasonAt, end) < end) {
    throw invalid(`CR or NUL in the reason phrase of ${shownLine(bytes, start, reasonAt, end)}`);
  }
  return { statusCode, versionMinor: minor };
}

/** The line without its reason phrase, which may repeat the credentials of the request. */
function shownLine(bytes: Uint8Array, start: number, reasonAt: number, end: number): string {
  return quote(bytes, start, Math.min(reasonAt + 1, end));
}

/**
 * Nobody needs the reason phrase: "a client SHOULD ignore" it. So it may hold any character except those that other
 * readers take for the end of a line or of a text.
 */
function endOfReason(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && byteAt(bytes, at) !== CR && byteAt(bytes, at) !== NUL) at++;
  return at;
}

/**
 * The end of the first word of a line, or of the blank before it. A message shows no more: without a status line this
 * may be a field, and a server may repeat the credentials of the request.
 */
function endOfWord(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && byteAt(bytes, at) !== CR && byteAt(bytes, at) !== LF && !isBlank(byteAt(bytes, at))) {
    if (byteAt(bytes, at++) === COLON) break;
  }
  return Math.max(at, start + 1);
}

/** -1 unless there are three digits. Codes of 600 and more pass: RFC 9110 section 15 says to treat them as 5xx. */
function parseCode(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let index = at; index < at + 3; index++) {
    const byte = byteAt(bytes, index);
    if (!isDigit(byte)) return -1;
    code = code * 10 + byte - 0x30;
  }
  return code;
}

function invalid(message: string): HttpError {
  return new HttpError('INVALID_STATUS_LINE', `${message} (RFC 9112 section 4)`);
}
