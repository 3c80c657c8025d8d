import * as zlib from 'node:zlib';
import { nodeUnpacking } from '../../../../src/worker/node/unpack/unpacking.ts';
import type { Coding } from '../../../../src/worker/unpack/decoder.ts';

/** What packs. It has to be there only for what this Node can unpack. */
export const PACK: Readonly<Record<Coding, (bytes: Uint8Array) => Buffer>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } }),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
};

export const CODINGS = nodeUnpacking.codings;

interface Extras {
  readonly extra?: Uint8Array;
  readonly name?: string;
  readonly comment?: string;
  readonly hcrc?: boolean;
}

/** A gzip member with whatever a header can have (RFC 1952 section 2.3). */
export function member(bytes: Uint8Array, { extra, name, comment, hcrc }: Extras = {}): Buffer {
  const flags = (hcrc ? 2 : 0) | (extra ? 4 : 0) | (name ? 8 : 0) | (comment ? 16 : 0);
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255])];
  if (extra) parts.push(uint(extra.length, 2), Buffer.from(extra));
  for (const text of [name, comment]) if (text) parts.push(Buffer.from(`${text}\0`, 'latin1'));
  if (hcrc) parts.push(uint(zlib.crc32(Buffer.concat(parts)) & 0xffff, 2));
  return Buffer.concat([
    ...parts,
    zlib.deflateRawSync(bytes),
    uint(zlib.crc32(bytes), 4),
    uint(bytes.length, 4),
  ]);
}

/** A frame that every zstd decoder skips (RFC 8878 section 3.1.2). */
export function skippable(bytes: Uint8Array, kind = 0): Buffer {
  return Buffer.concat([Buffer.from([0x50 + kind, 0x2a, 0x4d, 0x18]), uint(bytes.length, 4), bytes]);
}

/** `value` in that many bytes, the lowest first. */
function uint(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
}

// The declarations of Node 20 don't have it.
declare module 'node:zlib' {
  const zstdCompressSync: (bytes: Uint8Array) => Buffer;
}
