import type { Coding, Unpacking } from '../../unpack/decoder.ts';
import { StreamDecoder } from './stream-decoder.ts';
import { unpackNow } from './unpack-now.ts';
import { HAS_ZSTD } from './zlib.ts';

const ALWAYS: readonly Coding[] = ['gzip', 'deflate', 'br'];

/** Node's zlib. */
export const nodeUnpacking: Unpacking = {
  codings: HAS_ZSTD ? [...ALWAYS, 'zstd'] : ALWAYS,
  decoder: (coding, events) => new StreamDecoder(coding, events),
  unpackNow,
};
