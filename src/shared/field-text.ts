const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const LF = 0x0a;

/** The lines of `bytes`: see {@link fieldText}. */
export function fieldLines(bytes: Uint8Array): string[] {
  return linesOf(fieldText(bytes));
}

/** The lines of `text`, each of which ends in LF. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.slice(0, -1).split('\n');
}

/**
 * Reads lines, each of which ends in LF: fields of a response. No RFC says what bytes beyond ASCII stand for in them
 * (RFC 9110 section 5.5). A line that is UTF-8 is read so, any other as Latin-1, so that no byte is lost.
 */
export function fieldText(bytes: Uint8Array): string {
  const text = utf8.decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  // A decoder takes no LF for a part of something else, so these are the lines of the bytes, too.
  let at = 0;
  const lines = linesOf(text).map((line) => {
    const end = bytes.indexOf(LF, at);
    const read = line.includes(REPLACEMENT) ? lineOf(bytes.subarray(at, end), line) : line;
    at = end + 1;
    return `${read}\n`;
  });
  return lines.join('');
}

/** `decoded` has a U+FFFD: the server's own, or in the place of what is no UTF-8. */
function lineOf(bytes: Uint8Array, decoded: string): string {
  const again = encoder.encode(decoded);
  const same = again.length === bytes.length && again.every((byte, index) => byte === bytes[index]);
  return same ? decoded : latin1(bytes);
}

/** A character for each byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const REPLACEMENT = '\ufffd';
