import { MIB } from '../support/body.mjs';
import { parallelBench } from '../support/parallel.mjs';

export const bench = parallelBench(MIB, 512);
