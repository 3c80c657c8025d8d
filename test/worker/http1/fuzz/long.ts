import { expect, test } from 'vitest';
import { freshSeed } from '../../../support/random.mjs';
import { searchDifferences } from './differential/search.ts';
import { Tally } from './differential/tally.ts';
import { searchProperties } from './search.ts';

/** What `npm run fuzz` runs: rounds of both searches until the time is over, at least one. */
const { FUZZ_MINUTES = '1', FUZZ_ONLY = '' } = process.env;
const PROPERTIES = 2000;
const DIFFERENCES = 1000;

test('fuzz', async () => {
  const first = freshSeed();
  const start = performance.now();
  const minutes = () => (performance.now() - start) / 60_000;
  const tally = new Tally();
  let seed = first;
  let [checked, compared, said] = [0, 0, 0];
  const say = () =>
    console.log(`${minutes().toFixed(1)} min: ${checked} inputs checked, ${compared} compared`);
  console.log(`from seed ${first} on`);
  do {
    if (FUZZ_ONLY !== 'differential') {
      await searchProperties(seed, PROPERTIES);
      checked += PROPERTIES;
    }
    if (FUZZ_ONLY !== 'properties') {
      await searchDifferences(seed, DIFFERENCES, tally);
      compared += DIFFERENCES;
    }
    seed += PROPERTIES;
    if (minutes() >= said + 1) {
      said = Math.floor(minutes());
      say();
    }
  } while (minutes() < Number(FUZZ_MINUTES));
  say();
  console.log(String(tally));
  expect(tally.tooWide).toEqual([]);
});
