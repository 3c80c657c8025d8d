import { PARALLEL_SMALL, SMALL } from '../support/amounts.mjs';
import { parallelBench } from '../support/parallel.mjs';

export const bench = parallelBench({
  size: SMALL,
  sizeName: `${SMALL} bytes`,
  count: PARALLEL_SMALL,
  metrics: ['rate', 'cpu'],
});
