import { parallelBench } from '../support/parallel.mjs';

export const bench = parallelBench(11, 16_000);
