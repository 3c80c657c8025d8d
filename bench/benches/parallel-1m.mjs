import { PARALLEL_LARGE } from '../support/amounts.mjs';
import { MIB } from '../support/body.mjs';
import { parallelBench } from '../support/parallel.mjs';

export const bench = parallelBench({
  size: MIB,
  sizeName: '1 MiB',
  count: PARALLEL_LARGE,
  metrics: ['speed', 'rate', 'cpu'],
});
