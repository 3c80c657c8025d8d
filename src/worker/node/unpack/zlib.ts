import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { brotliReach } from './brotli-reach.ts';

/** The methods of unpacking that node:zlib has. */
export type Method = 'inflate' | 'inflateRaw' | 'brotli' | 'zstd';

/** A stream that unpacks. */
export type Unpacker = Transform & zlib.Zlib;

/** True: this Node has zstd (22.15 and newer). */
export const HAS_ZSTD = typeof zlib.createZstdDecompress === 'function';

/**
 * Bytes that are unpacked at a time; they bound what is made in advance. Each piece is one walk to libuv's threads and
 * back: with half of it 100 MiB of gzip take a fifth longer, with twice as much they are not clearly faster.
 */
const CHUNK = 2 ** 18;

const OPTIONS = { chunkSize: CHUNK };

/**
 * ZSTD_d_windowLogMax, of which Node 20 has no name: 8 MiB, as RFC 9659 demands of this coding. zstd itself would take
 * 128 MiB for a decoder where the server says so.
 */
const ZSTD_WINDOW = { 100: 23 };

const CREATE: Readonly<Record<Method, () => Unpacker>> = {
  inflate: () => zlib.createInflate(OPTIONS),
  inflateRaw: () => zlib.createInflateRaw(OPTIONS),
  brotli: () => zlib.createBrotliDecompress(OPTIONS),
  zstd: () => zlib.createZstdDecompress({ ...OPTIONS, params: ZSTD_WINDOW }),
};

/** A stream for one method. */
export function unpacker(method: Method): Unpacker {
  return CREATE[method]();
}

/** The result of unpacking at once. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  /** How many of the packed bytes were used. */
  readonly used: number;
}

const SYNC = {
  inflate: zlib.inflateSync,
  inflateRaw: zlib.inflateRawSync,
  brotli: zlib.brotliDecompressSync,
  zstd: (packed: Uint8Array, options: zlib.ZlibOptions) =>
    zlib.zstdDecompressSync(packed, { ...options, params: ZSTD_WINDOW }),
};

/**
 * Unpacks to the end of the data, at once. Null if the result would have more than `most` bytes (at least 1), or if
 * more might be unpacked before that is known.
 */
export function unpackSync(method: Method, packed: Uint8Array, most: number): Unpacked | null {
  if (method === 'brotli' && brotliReach(packed) > most) return null;
  // gzip packs text to a fifth. So most results fit into one chunk, and need not be joined.
  const chunkSize = Math.min(CHUNK, Math.max(1024, 8 * packed.length));
  try {
    const result: unknown = SYNC[method](packed, { info: true, maxOutputLength: most, chunkSize });
    if (!isInfo(result)) throw new TypeError('node:zlib does not tell what it used');
    return { bytes: result.buffer, used: result.engine.bytesWritten };
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

/** The result with the option `info`, which is missing in the declarations. */
interface Info {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function isInfo(result: unknown): result is Info {
  return typeof result === 'object' && result !== null && 'engine' in result;
}

// The declarations of Node 20 don't have what Node has from 22.15 on.
declare module 'node:zlib' {
  const createZstdDecompress: (options: zlib.BrotliOptions) => Unpacker;
  const zstdDecompressSync: (packed: Uint8Array, options: zlib.ZlibOptions & zlib.BrotliOptions) => unknown;
}
