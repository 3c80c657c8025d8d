import { crc32 } from 'node:zlib';
import { BYTE, BYTE_OR_END, CLOSE, FEED_ALL, type Format, open } from './format.ts';
import { corrupt } from './unpack-error.ts';

/**
 * The gzip format (RFC 1952): members, each a header, data and a trailer. Bytes behind a member are ignored unless they
 * begin like another member, as in all programs.
 *
 * Node's own Gunzip takes the rest of a chunk behind a member for another member, and fails if it is rubbish.
 */
export function* gzip(): Format {
  if ((yield BYTE) !== ID1 || (yield BYTE) !== ID2) throw corrupt('gzip', 'it does not begin like gzip');
  do yield* member();
  while ((yield BYTE_OR_END) === ID1 && (yield BYTE_OR_END) === ID2);
}

/** What follows the two bytes that a member begins with. */
function* member(): Format {
  yield* header();
  let crc = 0;
  let size = 0;
  yield open('inflateRaw', [], (unpacked) => {
    crc = crc32(unpacked, crc);
    size = (size + unpacked.length) >>> 0;
  });
  yield FEED_ALL;
  yield CLOSE;
  if ((yield* number(4)) !== crc) throw corrupt('gzip', 'the checksum is wrong');
  if ((yield* number(4)) !== size) throw corrupt('gzip', 'the length is wrong');
}

function* header(): Format {
  // Without what is in front of it, which is known.
  const seen = [ID1, ID2];
  function* byte(): Generator<typeof BYTE, number, number> {
    const value = yield BYTE;
    if (seen.push(value) > MAX_HEADER) throw corrupt('gzip', `a header is longer than ${MAX_HEADER} bytes`);
    return value;
  }
  if ((yield* byte()) !== DEFLATE) throw corrupt('gzip', 'it is not packed with deflate');
  const flags = yield* byte();
  if (flags & RESERVED) throw corrupt('gzip', 'its header has an unknown flag');
  for (let rest = 6; rest > 0; rest--) yield* byte();
  if (flags & FEXTRA) {
    const low = yield* byte();
    for (let rest = low + 256 * (yield* byte()); rest > 0; rest--) yield* byte();
  }
  if (flags & FNAME) while ((yield* byte()) !== 0);
  if (flags & FCOMMENT) while ((yield* byte()) !== 0);
  if (!(flags & FHCRC)) return;
  const crc = crc32(Uint8Array.from(seen)) & 0xffff;
  if ((yield* number(2)) !== crc) throw corrupt('gzip', "its header's checksum is wrong");
}

/** A number of that many bytes, of which the lowest comes first. */
function* number(size: number): Generator<typeof BYTE, number, number> {
  let value = 0;
  for (let index = 0; index < size; index++) value += (yield BYTE) * 256 ** index;
  return value;
}

const ID1 = 0x1f;
const ID2 = 0x8b;
const DEFLATE = 8;
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

/** Bytes. More than any file name and the largest extra field together; it bounds what a server can make us keep. */
const MAX_HEADER = 2 ** 17;
