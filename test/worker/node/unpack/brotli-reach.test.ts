import { randomBytes } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { expect, test } from 'vitest';
import { brotliReach } from '../../../../src/worker/node/unpack/brotli-reach.ts';
import { unpackAll } from '../../../../src/worker/node/unpack/unpack-now.ts';

const { BROTLI_PARAM_LGWIN: WINDOW, BROTLI_PARAM_QUALITY: QUALITY } = constants;

function brotli(bytes: Uint8Array, params: Record<number, number> = {}): Uint8Array {
  return brotliCompressSync(bytes, { params });
}

test.each([1, 10, 65_536, 65_537, 300_000, 2 ** 20])(
  'a body of %i bytes in one block tells its size',
  (size) => {
    expect(brotliReach(brotli(Buffer.alloc(size, 'tickhttp '), { [QUALITY]: 5 }))).toBe(size);
  },
);

test('blocks that are not packed tell theirs', () => {
  expect(brotliReach(brotli(randomBytes(100_000), { [QUALITY]: 11 }))).toBe(100_000);
});

test('an empty body', () => {
  expect(brotliReach(brotli(new Uint8Array(0)))).toBe(0);
  expect(brotliReach(new Uint8Array(0))).toBe(0);
});

test.each(Array.from({ length: 15 }, (_none, index) => 10 + index))('a window of 2 ** %i bytes', (bits) => {
  const packed = brotli(Buffer.alloc(2 ** 25), { [QUALITY]: 5, [WINDOW]: bits });
  expect(brotliReach(packed)).toBe(2 ** bits);
});

test('a small body that might fill a large window is not unpacked at once', () => {
  // The quickest quality does not know its last block beforehand.
  const packed = (bits: number): Uint8Array =>
    brotli(Buffer.alloc(5000, 'tickhttp '), { [QUALITY]: 1, [WINDOW]: bits });
  expect(unpackAll(packed(22), ['br'], 2 ** 19)).toBeNull();
  expect(unpackAll(packed(18), ['br'], 2 ** 19)).toHaveLength(5000);
});
