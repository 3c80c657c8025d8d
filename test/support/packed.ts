import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** Packs as the name of a coding says; `raw` is deflate without its wrapper. */
export const PACK = {
  gzip: (bytes: Uint8Array): Buffer => gzipSync(bytes),
  'x-gzip': (bytes: Uint8Array): Buffer => gzipSync(bytes),
  deflate: (bytes: Uint8Array): Buffer => deflateSync(bytes),
  raw: (bytes: Uint8Array): Buffer => deflateRawSync(bytes),
  br: (bytes: Uint8Array): Buffer => brotliCompressSync(bytes, FAST),
} as const;

export type Packing = keyof typeof PACK;

/** One after the other, as many as are undone at the most. */
export const PACKINGS: readonly (readonly Packing[])[] = [
  ['gzip'],
  ['x-gzip'],
  ['deflate'],
  ['raw'],
  ['br'],
  ['gzip', 'br'],
  ['deflate', 'gzip', 'raw', 'br', 'gzip'],
];

/** How an answer may tell its end. */
export const FRAMINGS = ['length', 'chunked', 'close'] as const;

/** The field that tells what a body is packed with. */
export function encoded(...packings: readonly Packing[]): string {
  return `Content-Encoding: ${packings.map((name) => (name === 'raw' ? 'deflate' : name)).join(', ')}`;
}

/** Packs with one after the other. */
export function pack(bytes: Uint8Array, ...packings: readonly Packing[]): Uint8Array {
  return packings.reduce((packed, packing) => PACK[packing](packed), bytes);
}

/** An answer in bytes: its fields, and a body with its length, in chunks of 1000 bytes, or up to the close. */
export function answer(
  fields: readonly string[],
  body: Uint8Array,
  framing: (typeof FRAMINGS)[number] = 'length',
  statusLine = 'HTTP/1.1 200 OK',
): Uint8Array {
  const own = {
    length: [`Content-Length: ${body.length}`],
    chunked: ['Transfer-Encoding: chunked'],
    close: [],
  };
  const head = Buffer.from(`${[statusLine, ...fields, ...own[framing]].join('\r\n')}\r\n\r\n`);
  return Buffer.concat([head, framing === 'chunked' ? inChunks(body) : body]);
}

function inChunks(body: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += 1000) {
    const piece = body.subarray(at, at + 1000);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
