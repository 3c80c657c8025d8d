import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpackAll } from '../../../../src/worker/node/unpack/unpack-now.ts';
import { nodeUnpacking } from '../../../../src/worker/node/unpack/unpacking.ts';
import { chain } from '../../../../src/worker/unpack/chain.ts';
import type { Coding, Decoder } from '../../../../src/worker/unpack/decoder.ts';
import { eventually } from '../../../support/eventually.ts';
import { within } from '../../../support/within.ts';
import { CODINGS, PACK } from './packed.ts';
import { outcome } from './reading.ts';

const MIB = 2 ** 20;
const SIZE = 256 * MIB;
const SMALL = PACK.gzip(Buffer.alloc(8 * MIB));
/** What may be unpacked and not read: by each of the decoders, one behind another. */
const AHEAD = 512 * 1024;

const BOMBS: Coding[][] = [
  ...CODINGS.map((coding) => [coding]),
  ['gzip', 'gzip'],
  ['br', 'gzip'],
  ['gzip', 'br'],
];

describe.each(BOMBS.map((codings) => [codings.join(', '), codings] as const))(
  'a bomb of %s',
  (_name, codings) => {
    let packed = PACK[codings[0] ?? 'gzip'](Buffer.alloc(SIZE));
    for (const coding of codings.slice(1)) packed = PACK[coding](packed);

    test('that nobody reads is unpacked for a piece', async () => {
      const decoder = await unread(packed, codings);
      const before = await memoryInUse();
      // Time enough: another one, that is read, is done with more.
      expect((await outcome('gzip', [SMALL])).bytes.length).toBe(8 * MIB);
      const made = everything(decoder);
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThanOrEqual(AHEAD * codings.length);
      // What the other one has taken goes when it is collected.
      await eventually(async () => expect((await memoryInUse()) - before).toBeLessThan(16 * MIB));
      decoder.close();
    });

    test('is read at any pace, and memory stays', async () => {
      globalThis.gc?.();
      const before = process.memoryUsage().rss;
      let most = 0;
      let size = 0;
      await within(
        40_000,
        () => `all, after ${size} bytes`,
        new Promise<void>((resolve, reject) => {
          const decoder = chain(codings, nodeUnpacking, {
            onProgress() {
              for (let bytes = decoder.read(100_000); bytes; bytes = decoder.read(100_000))
                size += bytes.length;
              most = Math.max(most, process.memoryUsage.rss() - before);
              if (decoder.finished) resolve();
            },
            onError: reject,
          });
          decoder.write(Uint8Array.from(packed));
          decoder.end();
        }),
      );
      expect(size).toBe(SIZE);
      expect(most).toBeLessThan(128 * MIB);
    });

    test('is refused at once', () => {
      const before = process.memoryUsage.rss();
      // This thread may be held up now and then. To unpack all of it takes longer each time.
      let least = Number.POSITIVE_INFINITY;
      for (let time = 0; time < 10 && least >= 250; time++) {
        const start = performance.now();
        expect(unpackAll(packed, codings, MIB)).toBeNull();
        least = Math.min(least, performance.now() - start);
        if (time === 0) expect(process.memoryUsage.rss() - before).toBeLessThan(16 * MIB);
      }
      expect(least).toBeLessThan(250);
    });
  },
);

test('what is exactly as large as may be is unpacked at once', () => {
  for (const coding of CODINGS) {
    const packed = PACK[coding](Buffer.alloc(1000, 1));
    expect(unpackAll(packed, [coding], 1000)).toEqual(new Uint8Array(1000).fill(1));
    expect(unpackAll(packed, [coding], 999)).toBeNull();
    expect(unpackAll(packed, [coding], 0)).toBeNull();
    expect(unpackAll(PACK[coding](Buffer.alloc(0)), [coding], 0)).toEqual(new Uint8Array(0));
  }
});

test('many members take long, however little comes of them', () => {
  const empty = PACK.gzip(Buffer.alloc(0));
  const members = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => empty));
  expect(unpackAll(members(16), ['gzip'], 100)).toEqual(new Uint8Array(0));
  expect(unpackAll(members(17), ['gzip'], 100)).toBeNull();
});

test('what is between two decoders is bounded, too', async () => {
  const large = gzipSync(Buffer.alloc(64 * MIB), { level: 0 });
  const decoder = await unread(gzipSync(large), ['gzip', 'gzip']);
  expect((await outcome('gzip', [SMALL])).bytes.length).toBe(8 * MIB);
  expect(decoder.pending).toBeGreaterThan(0);
  expect(decoder.pending).toBeLessThan(AHEAD);
  decoder.close();
});

const BR = PACK.br(Buffer.alloc(8 * MIB));
const NOT_ENDED: [codings: Coding[], packed: Buffer][] = [
  [['gzip'], SMALL.subarray(0, -8)],
  [['gzip', 'br'], PACK.br(SMALL.subarray(0, -8))],
  [['br'], BR],
  [['br', 'gzip'], PACK.gzip(BR)],
];

test.each(NOT_ENDED)(
  '%j, not ended: something is pending until all that there is can be read',
  async (codings, packed) => {
    let size = 0;
    const decoder = chain(codings, nodeUnpacking, { onProgress: () => {}, onError: () => {} });
    decoder.write(Uint8Array.from(packed));
    while (decoder.pending > 0) {
      size += everything(decoder);
      await turn();
    }
    size += everything(decoder);
    expect(size).toBe(8 * MIB);
    decoder.close();
  },
);

/** Of this process, without what is to be collected. */
async function memoryInUse(): Promise<number> {
  globalThis.gc?.();
  await turn();
  return process.memoryUsage.rss();
}

/** A decoder of `packed` of which one byte was read. */
function unread(packed: Uint8Array, codings: readonly Coding[]): Promise<Decoder> {
  const first = new Promise<Decoder>((resolve, reject) => {
    const onProgress = (): void => {
      if (decoder.read(1)) resolve(decoder);
    };
    const decoder = chain(codings, nodeUnpacking, { onProgress, onError: reject });
    decoder.write(Uint8Array.from(packed));
  });
  return within(20_000, () => 'something to read', first);
}

/** What can be read without waiting. */
function everything(decoder: Decoder): number {
  let size = 0;
  for (let bytes = decoder.read(1000); bytes; bytes = decoder.read(1000)) size += bytes.length;
  return size;
}
