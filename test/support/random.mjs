/**
 * A seeded generator (mulberry32), so that a failing run can be run again from the seed it printed.
 *
 * @param {number} seed
 * @returns {(limit: number) => number} A whole number from 0 to limit - 1.
 */
export function randomFrom(seed) {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** A seed for this run; `TICKHTTP_SEED` repeats an earlier one. */
export function freshSeed() {
  return Number(process.env.TICKHTTP_SEED ?? Math.floor(Math.random() * 2 ** 31));
}
