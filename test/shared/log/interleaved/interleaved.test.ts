import { describe, expect, test } from 'vitest';
import { freshSeed, randomFrom } from '../../../support/random.mjs';
import { Explorer, type Program } from './explore.ts';
import * as programs from './programs.ts';

const {
  answers,
  asks,
  awaitsSent,
  beginsAnew,
  connectsAnew,
  givesAway,
  polls,
  puts,
  sends,
  sleeps,
  takes,
  takesBack,
} = programs;

/** Without the timeouts that hide a lost wake: in all orders both come to their ends. */
function explore(capacity: number, one: Program, other: Program): number {
  const { states, ends } = new Explorer(capacity, [one, other]).all();
  expect(ends).toBeGreaterThan(0);
  return states;
}

describe.each([
  ['sleeps', sleeps],
  ['polls', polls],
])('in every order of the steps of both, with a caller that %s', { timeout: 300_000 }, (_name, rest) => {
  test.each([
    ['small pieces that grow a record', 64, [1, 1], 8],
    ['a ring that is full', 64, [16, 1, 1], 64],
    ['a ring that wraps inside a piece', 128, [3, 30, 20], 64],
  ])('%s: each byte comes once, whole and in order', (_what, capacity, pieces, most) => {
    explore(capacity, answers(pieces), asks(most, rest, pieces));
  });

  test('an answer that begins at the beginning of the ring again', () => {
    explore(64, answers([3], [2]), asks(8, rest, [3], [2]));
  });

  test('a new connection hears nothing of the old one', () => {
    explore(64, beginsAnew([9]), connectsAnew(1, rest, [9]));
    explore(64, beginsAnew([9]), connectsAnew(0, rest, [9]));
    // What was given back is where the new log begins.
    explore(64, beginsAnew([9]), connectsAnew(9, rest, [9]));
  });

  test('a connection that is given away: what was not read goes along', () => {
    explore(128, takesBack([3, 2]), givesAway(2, rest));
    explore(128, takesBack([3]), givesAway(0, rest));
  });
});

test('in every order: who waits until bytes are sent is woken', () => {
  explore(64, sends(3, 4), awaitsSent(7));
});

test('in every order: a request in the outbox is taken, once and whole', () => {
  explore(64, puts(3), takes(3));
});

/** It is at work all the time, and on a busy machine that takes long. */
describe('what is too large for all orders is sampled', { timeout: 300_000 }, () => {
  const seed = freshSeed();

  test.for([
    ['sleeps', sleeps],
    ['polls', polls],
  ] as const)(`a caller that %s (seed ${seed})`, ([, rest]) => {
    const draw = randomFrom(seed);
    for (let round = 0; round < 40; round++) {
      const capacity = 128 << draw(3);
      const pieces = () => Array.from({ length: 1 + draw(6) }, () => 1 + draw(capacity / 2 - 48));
      const bodies = Array.from({ length: 1 + draw(3) }, pieces);
      const label = JSON.stringify({ seed, round, capacity, bodies });
      const sides = [answers(...bodies), asks(1 + draw(capacity), rest, ...bodies)] as const;
      expect(() => new Explorer(capacity, sides).sample(10, draw), label).not.toThrow();
    }
  });
});
