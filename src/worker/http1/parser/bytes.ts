/** The character classes of RFC 9110 section 5.6, and a few helpers for bytes. */

export const NUL = 0x00;
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
const DEL = 0x7f;

/** For loops that look at every byte of a head: 1 for {@link isToken}. */
export const TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  TOKEN[char.charCodeAt(0)] = 1;
}

const HEX = new Int8Array(256).fill(-1);
for (const char of '0123456789abcdefABCDEF') HEX[char.charCodeAt(0)] = Number.parseInt(char, 16);

/** An index outside of the array reads as NUL, which no grammar here accepts. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

/** tchar, RFC 9110 section 5.6.2. */
export function isToken(byte: number): boolean {
  return TOKEN[byte] === 1;
}

/** What a field value or a reason phrase may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5). */
export function isText(byte: number): boolean {
  return byte >= SP ? byte !== DEL : byte === HTAB;
}

/** The same for loops that look at every byte of a head: 1 for text. */
export const TEXT = new Uint8Array(256).map((_, byte) => (isText(byte) ? 1 : 0));

/** SP or HTAB, the whitespace of OWS, RWS and BWS (RFC 9110 section 5.6.3). */
export function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The value of a hexadecimal digit; -1 for anything else. */
export function hexValue(byte: number): number {
  return HEX[byte] ?? -1;
}

/** The index of the first byte of `bytes[start, end)` that is not text, or `end`. */
export function findControl(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isText(byteAt(bytes, at))) at++;
  return at;
}

/** One character for each byte. Protocol elements are compared in this form. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(byteAt(bytes, at));
  return text;
}

/** `bytes[start, end)` for a message: in quotes, one line, ASCII, and short whatever the server sent. */
export function quote(bytes: Uint8Array, start: number, end: number): string {
  const LONGEST = 48;
  const shown = latin1(bytes, start, Math.min(end, start + LONGEST)).replace(/[^ -~]|["\\]/g, escapeChar);
  return end - start > LONGEST ? `"${shown}"...` : `"${shown}"`;
}

function escapeChar(char: string): string {
  if (char === '\r') return '\\r';
  if (char === '\n') return '\\n';
  if (char === '\t') return '\\t';
  if (char === '"' || char === '\\') return `\\${char}`;
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
