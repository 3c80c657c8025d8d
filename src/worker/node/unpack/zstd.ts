import { BYTE, BYTE_OR_END, CLOSE, type Format, open, pass, type Step } from './format.ts';
import { corrupt } from './unpack-error.ts';

/**
 * The zstd format (RFC 8878 section 3): frames, whose contents are one body. What follows the last of them is ignored.
 *
 * If several frames come at once, Node drops all but the first. If bytes behind the last frame come by themselves, it
 * fails. Some versions don't notice that something is missing, and the decoder checks a frame's length only if it gets
 * all of the frame at once. So the frames are followed here, block by block.
 */
export function* zstd(): Format {
  for (let frames = 0; ; frames++) {
    const magic: number[] = [];
    while (magic.length < 4) magic.push(yield frames === 0 ? BYTE : BYTE_OR_END);
    const [first = 0, ...others] = magic;
    if (same(magic, FRAME)) yield* frame(magic);
    else if (first >> 4 === 5 && same(others, SKIPPABLE)) yield* skippable();
    else if (frames > 0) return;
    else throw corrupt('zstd', 'it does not begin like zstd');
  }
}

/** What follows the magic number: header, blocks, and a checksum, which the decoder looks at. */
function* frame(magic: readonly number[]): Format {
  let made = 0;
  yield open('zstd', magic, (unpacked) => {
    made += unpacked.length;
  });
  const descriptor = yield feed(1);
  const single = (descriptor >> 5) & 1;
  const dictionary = DICTIONARY_SIZES[descriptor & 3] ?? 0;
  yield* feedSome(1 - single + dictionary);
  const sizeOfSize = CONTENT_SIZES[descriptor >> 6] || single;
  // A size of two bytes is stored minus 256, since smaller sizes fit into one byte.
  let size = sizeOfSize === 2 ? 256 : 0;
  for (let index = 0; index < sizeOfSize; index++) size += (yield feed(1)) * 256 ** index;
  for (let last = false; !last; ) {
    const low = yield feed(1);
    const head = low + 256 * (yield feed(1)) + 65_536 * (yield feed(1));
    last = (head & 1) === 1;
    const type = (head >> 1) & 3;
    yield* feedSome(type === RLE ? 1 : head >> 3);
  }
  if (descriptor & CHECKSUM) yield* feedSome(4);
  yield CLOSE;
  if (sizeOfSize > 0 && made !== size) throw corrupt('zstd', 'the length is wrong');
}

function* skippable(): Format {
  let size = 0;
  for (let index = 0; index < 4; index++) size += (yield BYTE) * 256 ** index;
  if (size > 0) yield pass(size);
}

function* feedSome(count: number): Format {
  if (count > 0) yield feed(count);
}

function feed(count: number): Step {
  return { kind: 'feed', count };
}

function same(some: readonly number[], others: readonly number[]): boolean {
  return some.every((value, index) => value === others[index]);
}

const FRAME = [0x28, 0xb5, 0x2f, 0xfd];
/** Behind a byte from 0x50 to 0x5f. */
const SKIPPABLE = [0x2a, 0x4d, 0x18];

/** By the bits of a frame header's descriptor. */
const DICTIONARY_SIZES = [0, 1, 2, 4];
const CONTENT_SIZES = [0, 2, 4, 8];
const CHECKSUM = 4;

/** A type of a block: one byte, to be repeated. */
const RLE = 1;
