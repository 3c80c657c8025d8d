import type { Coding } from '../../unpack/decoder.ts';
import { BYTE, CLOSE, FEED_ALL, type Format, open } from './format.ts';
import { gzip } from './gzip.ts';
import { zstd } from './zstd.ts';

/** The way through a body, for each coding. */
export const FORMATS: Readonly<Record<Coding, () => Format>> = { gzip, deflate, br, zstd };

/**
 * The zlib format (RFC 1950), as RFC 9110 section 8.4.1.2 says, or the bare data in it (RFC 1951), which some servers
 * send instead. The first two bytes of zlib's are a multiple of 31, and say that deflate follows.
 */
function* deflate(): Format {
  const first = yield BYTE;
  const second = yield BYTE;
  const wrapped = (first & 0x8f) === 0x08 && (256 * first + second) % 31 === 0;
  yield open(wrapped ? 'inflate' : 'inflateRaw', [first, second]);
  yield FEED_ALL;
  yield CLOSE;
}

/** Brotli (RFC 7932), which has no header. */
function* br(): Format {
  yield open('brotli');
  yield FEED_ALL;
  yield CLOSE;
}
