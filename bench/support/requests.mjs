import { REQUESTS, SMALL, WARM_REQUESTS } from './amounts.mjs';
import { block } from './body.mjs';
import { quantile } from './statistics.mjs';
import { measure } from './stopwatch.mjs';

/** @import { Get, GetMaker } from '../peers/requests.mjs' */
/** @import { Metric, Peer, Server } from './types.mjs' */

/** @type {Metric[]} */
export const REQUEST_METRICS = [
  { name: 'latency', label: 'latency, us: median', better: 'less' },
  { name: 'p90', label: 'p90', better: 'less' },
  { name: 'cpu', label: 'main-thread CPU, us', better: 'less' },
];

/**
 * @param {GetMaker} makeGet
 * @param {object} [how]
 * @param {(server: Server) => string} [how.origin]
 * @param {number} [how.count] that are measured
 * @param {number} [how.before] that are not
 * @returns {Peer}
 */
export function requests(
  makeGet,
  { origin = ({ fixed }) => fixed.http, count = REQUESTS, before = WARM_REQUESTS } = {},
) {
  return async (server) => {
    const get = await makeGet(origin(server));
    const run = runner(get, await firstGet(get));
    await run(before);
    return async () => {
      // A connection that was closed since the last time is opened again before the clock runs.
      await run(2);
      return await measureRequests(run, count);
    };
  };
}

/**
 * The first requests of a process.
 * @param {GetMaker} makeGet
 * @param {number} count
 * @returns {Peer}
 */
export function coldRequests(makeGet, count) {
  return async ({ fixed }) => {
    const get = await makeGet(fixed.http);
    return await measureRequests(runner(get, await firstGet(get)), count);
  };
}

/**
 * Whether the client blocks: such peers must not pay for the turns of an await.
 * @param {Get} get
 */
async function firstGet(get) {
  const first = get();
  if (!block.subarray(0, SMALL).equals(await first)) throw new Error('the response is wrong');
  return !(first instanceof Promise);
}

/**
 * @param {Get} get
 * @param {boolean} blocking
 * @returns {(times: number) => Float64Array | Promise<Float64Array>} with the milliseconds of each
 */
function runner(get, blocking) {
  return (times) => (blocking ? repeatSync(get, times) : repeat(get, times));
}

/**
 * @param {ReturnType<typeof runner>} run
 * @param {number} count
 */
async function measureRequests(run, count) {
  /** @type {ReturnType<typeof run> | undefined} */
  let pending;
  const { wall, cpu } = await measure(() => {
    pending = run(count);
    return pending;
  });
  const times = (await pending) ?? [];
  return {
    latency: quantile(times, 0.5) * 1000,
    p90: quantile(times, 0.9) * 1000,
    mean: (wall / count) * 1000,
    cpu: (cpu / count) * 1000,
  };
}

/**
 * @param {Get} get
 * @param {number} count
 */
async function repeat(get, count) {
  const times = new Float64Array(count);
  for (let request = 0; request < count; request++) {
    const start = performance.now();
    const body = await get();
    times[request] = performance.now() - start;
    expectSize(body);
  }
  return times;
}

/**
 * @param {Get} get
 * @param {number} count
 */
function repeatSync(get, count) {
  const times = new Float64Array(count);
  for (let request = 0; request < count; request++) {
    const start = performance.now();
    const body = /** @type {Uint8Array} */ (get());
    times[request] = performance.now() - start;
    expectSize(body);
  }
  return times;
}

/** @param {Uint8Array} body */
function expectSize({ length }) {
  if (length !== SMALL) throw new Error(`${length} bytes came, not ${SMALL}`);
}
