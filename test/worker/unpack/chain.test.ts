import { expect, test } from 'vitest';
import { nodeUnpacking } from '../../../src/worker/node/unpack/unpacking.ts';
import { chain } from '../../../src/worker/unpack/chain.ts';
import type { Coding, DecoderEvents } from '../../../src/worker/unpack/decoder.ts';
import { CODINGS, PACK } from '../node/unpack/packed.ts';
import { dribble, outcome, outcomeNow } from '../node/unpack/reading.ts';

const TEXT = Buffer.from('All the world is a stage, and all the men and women merely players. '.repeat(40));

const pairs = CODINGS.flatMap((first) => CODINGS.map((second) => [first, second]));

test.each([...pairs, ['gzip', 'br', 'deflate', 'gzip', 'br']] as Coding[][])('%s, %s', async (...given) => {
  const codings = given.filter((coding) => coding !== undefined);
  const packed = pack(TEXT, codings);
  const expected = { bytes: TEXT, error: null };
  expect(outcomeNow(codings, packed)).toEqual(expected);
  expect(await outcome(by(codings), [packed])).toEqual(expected);
  expect(await outcome(by(codings), dribble(packed), 100)).toEqual(expected);
});

test('nothing is nothing', async () => {
  const expected = { bytes: Buffer.alloc(0), error: null };
  expect(await outcome(by(['gzip', 'br']), [])).toEqual(expected);
  expect(await outcome(by(['gzip', 'br']), [pack(Buffer.alloc(0), ['br'])])).toEqual(expected);
  expect(outcomeNow(['gzip', 'br'], pack(Buffer.alloc(0), ['br']))).toEqual(expected);
});

test('an error of any stage is told once, with its coding', async () => {
  const codings: Coding[] = ['gzip', 'deflate', 'br'];
  const cutAt: [string, () => Buffer][] = [
    ['gzip', () => pack(pack(TEXT, ['gzip']).subarray(0, -1), ['deflate', 'br'])],
    ['deflate', () => pack(pack(TEXT, ['gzip', 'deflate']).subarray(0, -1), ['br'])],
    ['br', () => pack(TEXT, codings).subarray(0, -1)],
  ];
  for (const [coding, make] of cutAt) {
    const error = { message: `the ${coding} data ends in the middle`, code: 'Z_BUF_ERROR' };
    expect(outcomeNow(codings, make())?.error).toEqual(error);
    expect((await outcome(by(codings), [make()])).error).toEqual(error);
  }
});

test('nothing is heard of what was closed', async () => {
  let heard = 0;
  const count = (): void => {
    heard++;
  };
  for (const codings of [['gzip'], ['gzip', 'br']] as Coding[][]) {
    const packed = pack(TEXT, codings);
    for (const bytes of [packed, packed.subarray(0, -1), Buffer.from('rubbish')]) {
      const decoder = chain(codings, nodeUnpacking, { onProgress: count, onError: count });
      decoder.write(Uint8Array.from(bytes));
      decoder.end();
      decoder.close();
      expect(decoder.read(100)).toBeNull();
      expect([decoder.pending, decoder.finished]).toEqual([0, false]);
    }
  }
  // The same work, done by one that was not closed, takes longer than what those could have to tell.
  await outcome('gzip', [pack(TEXT, ['gzip'])]);
  await outcome('gzip', [pack(TEXT, ['gzip'])]);
  expect(heard).toBe(0);
});

function by(codings: readonly Coding[]): (events: DecoderEvents) => ReturnType<typeof chain> {
  return (events) => chain(codings, nodeUnpacking, events);
}

function pack(bytes: Uint8Array, codings: readonly Coding[]): Buffer {
  let packed: Buffer = Buffer.from(bytes);
  for (const coding of codings) packed = PACK[coding](packed);
  return packed;
}
