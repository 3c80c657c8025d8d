/**
 *     node test/worker/http1/fuzz/main.mjs [options]
 *
 *     --minutes 1       how long; 0 is one round, of 2000 inputs for the properties and 1000 for the differential
 *     --seed n          the first input's; without it another one each time. A failing input's makes it the first
 *     --only part       "properties" or "differential"
 *
 * Exits with 1 at the first failure, which it prints as a case for test/worker/http1/cases.
 */
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const { minutes, seed, only } = values;
if (!(Number(minutes) >= 0)) throw new Error('--minutes is a number, 0 or more');
if (seed !== undefined && !Number.isSafeInteger(Number(seed))) throw new Error('--seed is a whole number');
if (!['', 'properties', 'differential'].includes(only))
  throw new Error('--only is properties or differential');

process.env.FUZZ_MINUTES = minutes;
process.env.FUZZ_ONLY = only;
if (seed !== undefined) process.env.TICKHTTP_SEED = seed;
const vitest = await startVitest('test', [], { config: 'vitest.fuzz.config.ts', watch: false });
await vitest.close();
