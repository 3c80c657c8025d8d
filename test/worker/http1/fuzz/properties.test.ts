import { test } from 'vitest';
import { searchProperties } from './search.ts';

/** The same ones in every run; `npm run fuzz` takes others. */
const SEED = 1;
const INPUTS = 10_000;
const BATCH = 1000;

const batches = Array.from({ length: INPUTS / BATCH }, (_, index) => SEED + index * BATCH);

/** For an input that never ends to be noticed and made small. */
const PATIENCE = 300_000;

test.each(batches)(
  'what is true of every input, seeds from %i',
  async (seed) => {
    await searchProperties(seed, BATCH);
  },
  PATIENCE,
);
