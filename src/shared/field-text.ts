const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const LF = 0x0a;
const CR = 0x0d;

/** The lines of `bytes`, as text: see {@link fieldText}. */
export function fieldLines(bytes: Uint8Array): string[] {
  return linesOf(fieldText(bytes));
}

/** The lines of `text`, each of which ends in LF. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.slice(0, -1).split('\n');
}

/**
 * The text of the fields of a response, each a line that ends in LF. In `bytes` some lines may end in CRLF. No RFC says
 * what bytes beyond ASCII mean in them (RFC 9110 section 5.5). A line of valid UTF-8 is read as UTF-8, and any other as
 * Latin-1, so that no byte is lost.
 */
export function fieldText(bytes: Uint8Array): string {
  const decoded = utf8.decode(bytes);
  // A CR stands only at the end of a line.
  const text = decoded.includes('\r') ? decoded.replaceAll('\r', '') : decoded;
  if (!text.includes(REPLACEMENT)) return text;
  // A decoder never takes an LF for a part of another character. So the lines of the text are the lines of the bytes.
  let at = 0;
  const lines = linesOf(text).map((line) => {
    const end = bytes.indexOf(LF, at);
    const read = line.includes(REPLACEMENT) ? lineOf(bytes.subarray(at, lineEnd(bytes, end)), line) : line;
    at = end + 1;
    return `${read}\n`;
  });
  return lines.join('');
}

/** The end of the line whose line feed is at `lineFeed`, without its CR. */
function lineEnd(bytes: Uint8Array, lineFeed: number): number {
  return bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
}

/** A copy of the fields of a response, in which each line ends in LF. `filter()` would make an object of each byte. */
export function copyOfFields(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  let length = 0;
  for (const byte of bytes) {
    if (byte !== CR) copy[length++] = byte;
  }
  return copy.slice(0, length);
}

/** `decoded` contains a U+FFFD. The server has sent that character, or it replaces bytes that are not UTF-8. */
function lineOf(bytes: Uint8Array, decoded: string): string {
  const again = encoder.encode(decoded);
  const same = again.length === bytes.length && again.every((byte, index) => byte === bytes[index]);
  return same ? decoded : latin1(bytes);
}

/** One character for each byte. With one call for each, a head of megabytes would stop the thread for a second. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(at, at + PIECE));
  return text;
}

/** So many arguments are no risk to any stack. */
const PIECE = 4096;

const REPLACEMENT = '\ufffd';
