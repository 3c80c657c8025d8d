import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CODINGS, member, PACK, skippable } from './packed.ts';
import { cut, dribble, outcome, outcomeNow } from './reading.ts';

const TEXT = Buffer.from('To be or not to be, that is the question, or not to be. '.repeat(3));
const EMPTY = Buffer.alloc(0);
const HAS_ZSTD = CODINGS.includes('zstd');

type Coding = (typeof CODINGS)[number];
type Case = [name: string, coding: Coding, packed: Buffer, unpacked: Buffer];
type Broken = [name: string, coding: Coding, packed: Buffer, message: string, code: string];

const gz = zlib.gzipSync(TEXT);

const CASES: Case[] = [
  ...CODINGS.flatMap((coding): Case[] => [
    [coding, coding, PACK[coding](TEXT), TEXT],
    [`${coding} of nothing`, coding, PACK[coding](EMPTY), EMPTY],
    [`${coding}: no bytes at all`, coding, EMPTY, EMPTY],
    [`${coding} and rubbish`, coding, Buffer.concat([PACK[coding](TEXT), Buffer.from('rubbish')]), TEXT],
    [`${coding} and zeros`, coding, Buffer.concat([PACK[coding](TEXT), Buffer.alloc(9)]), TEXT],
  ]),
  ['deflate without a wrapper', 'deflate', zlib.deflateRawSync(TEXT), TEXT],
  ['deflate without a wrapper, and rubbish', 'deflate', Buffer.concat([zlib.deflateRawSync(TEXT), gz]), TEXT],
  ['deflate of nothing without a wrapper', 'deflate', zlib.deflateRawSync(EMPTY), EMPTY],
  ['deflate with a small window', 'deflate', zlib.deflateSync(TEXT, { windowBits: 9 }), TEXT],
  ['gzip members', 'gzip', Buffer.concat([gz, member(EMPTY), gz]), Buffer.concat([TEXT, TEXT])],
  [
    'gzip members and rubbish',
    'gzip',
    Buffer.concat([gz, gz, Buffer.from('?')]),
    Buffer.concat([TEXT, TEXT]),
  ],
  ['gzip and half of what a member begins with', 'gzip', Buffer.concat([gz, Buffer.of(0x1f)]), TEXT],
  ['gzip and nearly what a member begins with', 'gzip', Buffer.concat([gz, Buffer.of(0x1f, 0x8c)]), TEXT],
  ['gzip with a name', 'gzip', member(TEXT, { name: 'hamlet.txt' }), TEXT],
  [
    'gzip with all',
    'gzip',
    member(TEXT, { extra: Buffer.alloc(300, 1), name: 'a', comment: 'b', hcrc: true }),
    TEXT,
  ],
  ['gzip with an empty extra field', 'gzip', member(TEXT, { extra: EMPTY, hcrc: true }), TEXT],
];

if (HAS_ZSTD) {
  const frame = PACK.zstd(TEXT);
  const two = Buffer.concat([TEXT, TEXT]);
  CASES.push(
    ['zstd frames', 'zstd', Buffer.concat([frame, frame]), two],
    ['zstd frames and rubbish', 'zstd', Buffer.concat([frame, frame, Buffer.from('?')]), two],
    [
      'zstd frames to skip',
      'zstd',
      Buffer.concat([skippable(TEXT), frame, skippable(EMPTY, 15), frame]),
      two,
    ],
    ['only a zstd frame to skip', 'zstd', skippable(TEXT), EMPTY],
  );
}

describe('unpacked whole, at once, byte by byte, and cut at every place', () => {
  test.each(CASES)('%s', async (_name, coding, packed, unpacked) => {
    const expected = { bytes: unpacked, error: null };
    expect(outcomeNow([coding], packed)).toEqual(expected);
    expect(await outcome(coding, [packed])).toEqual(expected);
    expect(await outcome(coding, [packed], 7)).toEqual(expected);
    expect(await outcome(coding, dribble(packed))).toEqual(expected);
    for (let place = 1; place < packed.length; place++) {
      expect(await outcome(coding, cut(packed, place)), `cut at ${place}`).toEqual(expected);
    }
  });
});

describe('cut off anywhere', () => {
  const whole = [...CODINGS.map((coding): [Coding, Buffer] => [coding, PACK[coding](TEXT)])];
  test.each(whole)('%s', async (coding, packed) => {
    const error = { message: `the ${coding} data ends in the middle`, code: 'Z_BUF_ERROR' };
    for (let end = 1; end < packed.length; end++) {
      const part = packed.subarray(0, end);
      expect(outcomeNow([coding], part)?.error, `${end} at once`).toEqual(error);
      expect((await outcome(coding, [part])).error, `${end}`).toEqual(error);
      expect((await outcome(coding, dribble(part))).error, `${end} byte by byte`).toEqual(error);
    }
  });

  test('a second member of gzip', async () => {
    const packed = Buffer.concat([gz, gz]);
    const error = { message: 'the gzip data ends in the middle', code: 'Z_BUF_ERROR' };
    for (let end = gz.length + 2; end < packed.length; end++) {
      expect(outcomeNow(['gzip'], packed.subarray(0, end))?.error).toEqual(error);
      const streamed = await outcome('gzip', [packed.subarray(0, end)]);
      expect(streamed.error).toEqual(error);
      expect(streamed.bytes.subarray(0, TEXT.length)).toEqual(TEXT);
    }
  });
});

/** `bytes` with another byte at `place`, counted from the end if it is below 0. */
function changed(bytes: Buffer, place: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = place < 0 ? bytes.length + place : place;
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}

const BROKEN: Broken[] = [
  [
    'the checksum',
    'gzip',
    changed(gz, -8),
    'the gzip data is corrupt: the checksum is wrong',
    'Z_DATA_ERROR',
  ],
  ['the length', 'gzip', changed(gz, -1), 'the gzip data is corrupt: the length is wrong', 'Z_DATA_ERROR'],
  [
    'the start',
    'gzip',
    changed(gz, 1),
    'the gzip data is corrupt: it does not begin like gzip',
    'Z_DATA_ERROR',
  ],
  [
    'the method',
    'gzip',
    changed(gz, 2),
    'the gzip data is corrupt: it is not packed with deflate',
    'Z_DATA_ERROR',
  ],
  [
    'a flag',
    'gzip',
    changed(gz, 3),
    'the gzip data is corrupt: its header has an unknown flag',
    'Z_DATA_ERROR',
  ],
  [
    'the checksum of the header',
    'gzip',
    changed(member(TEXT, { hcrc: true }), 5),
    "the gzip data is corrupt: its header's checksum is wrong",
    'Z_DATA_ERROR',
  ],
  [
    'a header without an end',
    'gzip',
    member(TEXT, { name: 'x'.repeat(2 ** 17) }),
    'the gzip data is corrupt: a header is longer than 131072 bytes',
    'Z_DATA_ERROR',
  ],
  [
    'the block type',
    'gzip',
    Buffer.concat([gz.subarray(0, 10), Buffer.of(7), gz.subarray(11)]),
    'the gzip data is corrupt: invalid block type',
    'Z_DATA_ERROR',
  ],
  ['the checksum', 'deflate', changed(zlib.deflateSync(TEXT), -1), 'incorrect data check', 'Z_DATA_ERROR'],
  ['text', 'deflate', Buffer.from('not packed'), 'the deflate data is corrupt: ', 'Z_DATA_ERROR'],
  ['text', 'br', Buffer.from('abcdefghijklmnop'), 'the br data is corrupt: ', 'ERR__ERROR_FORMAT_PADDING_1'],
];

if (HAS_ZSTD) {
  const block = PACK.zstd(TEXT);
  // Behind the magic number, a descriptor and a length: the type that is reserved.
  block[6] = (block[6] ?? 0) | 6;
  const begin = 'the zstd data is corrupt: it does not begin like zstd';
  BROKEN.push(
    ['text', 'zstd', Buffer.from('abcdef'), begin, 'Z_DATA_ERROR'],
    ['a block type', 'zstd', block, 'the zstd data is corrupt: ', 'ZSTD_error_corruption_detected'],
  );
}

test.each(BROKEN)('broken: %s of %s', async (_name, coding, packed, message, code) => {
  const error = { message: expect.stringContaining(message), code };
  expect(outcomeNow([coding], packed)?.error).toEqual(error);
  expect((await outcome(coding, [packed])).error).toEqual(error);
  const steps = packed.length < 1000 ? dribble(packed) : cut(packed, 1000, 2000);
  expect((await outcome(coding, steps)).error).toEqual(error);
});

test.skipIf(!HAS_ZSTD).each([
  ['8 MiB is unpacked', 0x68, 'a'],
  ['16 MiB is not: no server may ask for so much memory (RFC 9659)', 0x70, null],
])('zstd with a window of %s', async (_name, windowSize, text) => {
  const packed = Buffer.concat([Buffer.from('28b52ffd00', 'hex'), Buffer.from([windowSize, 9, 0, 0, 97])]);
  const outcomes = [outcomeNow(['zstd'], packed)];
  for (const pieces of [[packed], dribble(packed)]) outcomes.push(await outcome('zstd', pieces));
  for (const its of outcomes) {
    expect(its?.error?.code).toBe(text === null ? 'ZSTD_error_frameParameter_windowTooLarge' : undefined);
    if (text !== null) expect(its?.bytes.toString()).toBe(text);
  }
});

test.skipIf(!HAS_ZSTD)('a zstd frame that is shorter than it says', async () => {
  const packed = Buffer.from('28b52ffd202c010000', 'hex');
  const message = expect.stringContaining('the zstd data is corrupt: ');
  expect(outcomeNow(['zstd'], packed)?.error?.message).toEqual(message);
  for (const pieces of [[packed], dribble(packed), cut(packed, 6)]) {
    expect((await outcome('zstd', pieces)).error?.message).toEqual(message);
  }
});
