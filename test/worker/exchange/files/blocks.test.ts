import { describe, expect, test } from 'vitest';
import { Blocks } from '../../../../src/worker/exchange/files/blocks.ts';
import { checkPattern, fillPattern } from '../../../support/pattern.mjs';
import { freshSeed, randomFrom } from '../../../support/random.mjs';

const BLOCK = 2 ** 19;

describe('what is put in comes out, in order, in pieces that stay as they are until they are dropped', () => {
  const seed = freshSeed();

  test.for([
    ['small pieces', 256, -1],
    ['pieces of 64 KiB', 65_536, -1],
    ['pieces of 64 KiB, of what was announced', 65_536, 3_000_000],
    ['pieces larger than a block', 2 ** 20, -1],
    ['more than was expected', 65_536, 1000],
  ] as const)(`%s (seed ${seed})`, ([, least, expected]) => {
    const below = randomFrom(seed);
    const blocks = new Blocks(least, expected);
    let put = 0;
    let taken = 0;
    /** Of the piece that is being written. */
    let piece: Uint8Array | null = null;
    const drop = (): void => {
      if (piece === null) return;
      checkPattern(piece, taken);
      taken += piece.length;
      blocks.drop(piece.length);
      piece = null;
    };
    while (put < 6_000_000) {
      const count = 1 + below(below(2) === 0 ? 400_000 : 3000);
      if (below(2) === 0) {
        const region = blocks.region(count);
        expect(region.length).toBeGreaterThan(0);
        expect(region.length).toBeLessThanOrEqual(count);
        // It may be asked for again, and something be taken out meanwhile.
        if (below(3) === 0) drop();
        const read = 1 + below(region.length);
        fillPattern(region.subarray(0, read), put);
        blocks.commit(read);
        put += read;
      } else {
        // Of a longer read only this is body.
        const read = new Uint8Array(count + 20);
        fillPattern(read.subarray(7, 7 + count), put);
        blocks.add(read, 7, 7 + count);
        put += count;
      }
      if (below(3) === 0) drop();
      if (piece === null && below(2) === 0) piece = blocks.next(least);
      expect(blocks.length).toBe(put - taken);
    }
    drop();
    for (piece = blocks.next(1); piece !== null; piece = blocks.next(1)) drop();
    expect(taken).toBe(put);
  });
});

test('a piece has so many bytes at least, unless it ends a block', () => {
  const blocks = new Blocks(65_536, -1);
  blocks.add(new Uint8Array(65_535), 0, 65_535);
  expect(blocks.next(65_536)).toBeNull();
  expect(blocks.next(1)?.length).toBe(65_535);
  blocks.add(new Uint8Array(BLOCK), 0, BLOCK);
  expect(blocks.next(65_536)?.length).toBe(65_536);
});

test('a socket always gets memory that is large enough to be read into', () => {
  const blocks = new Blocks(65_536, -1);
  for (let round = 0; round < 50; round++) {
    expect(blocks.region(2 ** 22).length).toBeGreaterThanOrEqual(round === 0 ? 65_536 : 131_072);
    blocks.commit(10_000);
  }
});

test('memory is used again', () => {
  const blocks = new Blocks(65_536, -1);
  const memory = new Set<ArrayBufferLike>();
  for (let round = 0; round < 100; round++) {
    blocks.add(new Uint8Array(300_000), 0, 300_000);
    for (let piece = blocks.next(65_536); piece; piece = blocks.next(65_536)) {
      memory.add(piece.buffer);
      blocks.drop(piece.length);
    }
  }
  expect(memory.size).toBeLessThan(5);
});

test('of a short body no more memory is taken than it has bytes', () => {
  const blocks = new Blocks(65_536, 100);
  blocks.add(new Uint8Array(100), 0, 100);
  expect(blocks.next(1)?.buffer.byteLength).toBe(100);
});
