import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { freshSeed, randomFrom } from '../../../support/random.mjs';
import { CODINGS, member, PACK } from './packed.ts';
import { cut, outcome, outcomeNow } from './reading.ts';

type Random = (limit: number) => number;

test('what comes piece by piece comes out as what is unpacked at once', async () => {
  const seed = freshSeed();
  const random = randomFrom(seed);
  for (let round = 0; round < 150; round++) {
    const coding = CODINGS[random(CODINGS.length)] ?? 'gzip';
    const whole = Buffer.concat(parts(coding, random));
    const packed = damaged(whole, random);
    const places = Array.from({ length: random(6) }, () => random(packed.length + 1)).sort((a, b) => a - b);
    const now = outcomeNow([coding], packed);
    const streamed = await outcome(coding, cut(packed, ...places), 1 + random(200_000));
    const what = `seed ${seed}, round ${round}, ${coding}, ${packed.length} bytes cut at ${places}`;
    expect(now, what).not.toBeNull();
    // What the zstd decoder finds first depends on how much it has.
    const same = (error: unknown): unknown => (coding === 'zstd' ? error !== null : error);
    expect(same(streamed.error), what).toEqual(same(now?.error));
    if (now?.error === null) expect(streamed.bytes.equals(now.bytes), what).toBe(true);
  }
});

/** Members of one body, and perhaps rubbish behind them. */
function parts(coding: (typeof CODINGS)[number], random: Random): Uint8Array[] {
  const pack = coding === 'deflate' && random(2) === 0 ? zlib.deflateRawSync : PACK[coding];
  const members = coding === 'gzip' || coding === 'zstd' ? 1 + random(3) : 1;
  const packed: Uint8Array[] = Array.from({ length: members }, () => pack(content(random)));
  if (coding === 'gzip' && random(2) === 0) packed.push(member(content(random), { name: 'x', hcrc: true }));
  if (random(3) === 0) packed.push(Uint8Array.from({ length: random(50) }, () => random(256)));
  return packed;
}

/** From nothing to some 200 KiB, from noise to what packs well. */
function content(random: Random): Uint8Array {
  const length = [0, 1, random(100), random(5000), random(200_000)][random(5)] ?? 0;
  const kinds = 1 + random(256);
  const run = 1 + random(50);
  let value = 0;
  return Uint8Array.from({ length }, (_, index) => {
    if (index % run === 0) value = random(kinds);
    return value;
  });
}

/** As it is, or cut off, or with a byte changed. */
function damaged(packed: Buffer, random: Random): Buffer {
  const kind = random(4);
  if (kind === 0) return packed.subarray(0, random(packed.length + 1));
  if (kind === 1 && packed.length > 0) {
    const copy = Buffer.from(packed);
    copy[random(copy.length)] = random(256);
    return copy;
  }
  return packed;
}
