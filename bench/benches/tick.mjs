import { HTTPRequest, tick, WorkerPool } from 'tickhttp';

/** @import { Bench } from '../support/types.mjs' */

const REQUESTS = 1000;
const TICKS = 20_000;

/** The first rounds are the compiler's. */
const ROUNDS = 4;

/** @type {Bench} */
export const bench = {
  title: `tick() when nothing has happened; the best of ${ROUNDS} times ${TICKS}`,
  warmUp: 'the first of these',
  metrics: [
    { name: 'microseconds', label: 'us', better: 'less' },
    { name: 'heap', label: 'heap, bytes a tick', better: 'less' },
    { name: 'memory', label: 'heap, bytes a request', better: 'less' },
  ],
  peers: {
    [`${REQUESTS} idle`]: () => idleTicks(() => {}),
    [`${REQUESTS} waiting`]: ({ http }) => idleTicks((request) => request.request(`${http}/hang`)),
  },
};

/** @param {(request: HTTPRequest) => void} start */
async function idleTicks(start) {
  const pool = new WorkerPool({ threads: 1 });
  globalThis.gc?.();
  const empty = process.memoryUsage().heapUsed;
  const requests = Array.from({ length: REQUESTS }, () => new HTTPRequest({ pool }));
  for (const request of requests) start(request);
  // The worker is told of all of them, and busy no more.
  await pool.stats();
  globalThis.gc?.();
  const memory = (process.memoryUsage().heapUsed - empty) / REQUESTS;
  let microseconds = Number.POSITIVE_INFINITY;
  let heap = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const begin = performance.now();
    for (let ticks = 0; ticks < TICKS; ticks++) tick();
    microseconds = Math.min(microseconds, ((performance.now() - begin) * 1000) / TICKS);
    heap = Math.min(heap, process.memoryUsage().heapUsed - before);
  }
  for (const request of requests) request.cancelRequest();
  return { microseconds, heap: heap / TICKS, memory };
}
