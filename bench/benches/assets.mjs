import { HTTPRequest, tick, WorkerPool } from 'tickhttp';
import { turn } from '../peers/tick.mjs';
import { ASSET, ASSETS } from '../support/amounts.mjs';
import { BodyCheck, ExactCheck, verify } from '../support/body.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Fetches `count` files; `makeCheck` makes what takes each.
 * @typedef {(count: number, makeCheck: () => BodyCheck) => Promise<void>} Loader
 */

const CONNECTIONS = 6;
const PATH = `/bytes/${ASSET}`;

/** @type {Bench} */
export const bench = {
  title: `${ASSETS} files of ${ASSET / 1024} KiB over ${CONNECTIONS} connections, all asked for at once`,
  metrics: [
    { name: 'time', label: 'ms', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, us a file', better: 'less' },
  ],
  reference: 'undici Pool',
  peers: {
    'HTTPRequest, tick() a turn': loaded((origin) => requests(origin, 0)),
    'HTTPRequest, tick() at 60 Hz': loaded((origin) => requests(origin, 1000 / 60)),
    'HTTPRequest, completed()': loaded(awaited),
    'undici Pool': loaded(undiciPool),
    fetch: loaded(nodeFetch),
  },
};

/**
 * @param {(origin: string) => Loader | Promise<Loader>} makeLoader
 * @returns {Peer}
 */
function loaded(makeLoader) {
  return async ({ fixed }) => {
    const load = await makeLoader(fixed.http);
    await load(ASSETS, () => new ExactCheck());
    return async () => {
      const { wall, cpu } = await measure(() => load(ASSETS, () => new BodyCheck()));
      return { time: wall, cpu: (cpu / ASSETS) * 1000 };
    };
  };
}

/**
 * @param {BodyCheck} check
 * @param {Uint8Array} body
 */
function take(check, body) {
  check.take(body);
  verify(check, ASSET);
}

/**
 * @param {string} origin
 * @param {number} pause milliseconds between two ticks; 0 for a turn of the event loop
 * @returns {Loader}
 */
function requests(origin, pause) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS });
  return async (count, makeCheck) => {
    let done = 0;
    for (let asked = 0; asked < count; asked++) {
      const http = new HTTPRequest({ pool });
      http.requestCompleted.connect((_result, _code, _headers, body) => {
        take(makeCheck(), body);
        done += 1;
      });
      http.request(origin + PATH);
    }
    while (done < count) {
      tick();
      await (pause === 0 ? turn() : new Promise((resolve) => setTimeout(resolve, pause)));
    }
  };
}

/**
 * @param {string} origin
 * @returns {Loader}
 */
function awaited(origin) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS });
  return async (count, makeCheck) => {
    const one = async () => {
      const http = new HTTPRequest({ pool });
      http.request(origin + PATH);
      take(makeCheck(), (await http.completed()).body);
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}

/**
 * @param {string} origin
 * @returns {Promise<Loader>}
 */
async function undiciPool(origin) {
  const { Pool } = await import('undici');
  const pool = new Pool(origin, { connections: CONNECTIONS });
  return async (count, makeCheck) => {
    const one = async () => {
      const { body } = await pool.request({ method: 'GET', path: PATH });
      take(makeCheck(), await body.bytes());
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}

/**
 * @param {string} origin
 * @returns {Loader}
 */
function nodeFetch(origin) {
  return async (count, makeCheck) => {
    let left = count;
    const lane = async () => {
      for (; left > 0; ) {
        left -= 1;
        const response = await fetch(origin + PATH);
        take(makeCheck(), new Uint8Array(await response.arrayBuffer()));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  };
}
