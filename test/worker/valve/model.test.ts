import { describe, expect, test } from 'vitest';
import { freshSeed, randomFrom } from '../../support/random.mjs';
import type { Random } from './language.ts';
import { type Scenery, World } from './world.ts';

/** As little reserve as will do: for headers and padding of what one read makes, and for three ENDs. */
function choose(random: Random, expanding: boolean): Scenery {
  const isLarge = !expanding && random(60) === 0;
  const capacity = isLarge ? 2 ** 17 : (expanding ? 2048 : 256) * 2 ** random(expanding ? 3 : 6);
  const taken = expanding ? capacity / 3 : capacity;
  const keeps =
    (['nothing', 'body', 'body and records'] as const)[capacity < 1024 ? 0 : random(3)] ?? 'nothing';
  const least = keeps === 'body and records' ? 208 : 112;
  const reserve = Math.ceil(expanding ? least / 3 : least) + random(capacity === 256 ? 16 : taken / 8);
  const longestKept = 1 + random(Math.min(250, taken / 2 - reserve - 16));
  const kinds = ['socket', 'tls', 'copy'] as const;
  return {
    shape: { capacity, reserve, expanding },
    limits: {
      length: 1 + random(isLarge ? 400_000 : 8 * capacity),
      longestBody: 1 + random(Math.min(2 * capacity, 60_000)),
      keeps,
      longestKept,
    },
    kind: kinds[random(kinds.length)] ?? 'socket',
    piece: 1 + random([20, 300, 2 * capacity][random(3)] ?? 1),
  };
}

/** Runs with the seeds from `seed` on. Returns what has happened how often. */
function play(seed: number, runs: number, expanding: boolean): Map<string, number> {
  const statistics = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const random = randomFrom(seed + run);
    const scenery = choose(random, expanding);
    try {
      new World(random, scenery, statistics).run();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const where = `TICKHTTP_SEED=${seed + run}, ${JSON.stringify(scenery)}`;
      throw new Error(`${where}: ${words}`, { cause: error });
    }
  }
  return statistics;
}

const SITUATIONS = [
  'read: on',
  'read: yield',
  'read: stop',
  'read while bytes are kept',
  'bytes wait',
  'need not park',
];

describe('on tiny rings, whatever order bytes, wakes, holds and ends come in', () => {
  const seed = freshSeed();

  test('nothing is lost, nothing overflows, nothing waits for ever, and no turn costs more than its piece', () => {
    const statistics = play(seed, 200, false);
    for (const what of [...SITUATIONS, 'read directly', 'rewound', 'the end waits', 'given away'])
      expect(statistics.get(what), what).toBeGreaterThan(0);
  });

  test('so it is where the sink makes more of the bytes, and stands before another', () => {
    const statistics = play(seed, 60, true);
    for (const what of SITUATIONS) expect(statistics.get(what), what).toBeGreaterThan(0);
  });
});
