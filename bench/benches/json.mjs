import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HTTPRequest, tick, WorkerPool } from 'tickhttp';
import { CONNECTIONS } from '../peers/assets.mjs';
import { ANSWER, ANSWERS, WARM_REQUESTS } from '../support/amounts.mjs';
import { verify } from '../support/body.mjs';
import { JsonCheck, jsonBody } from '../support/packed.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Gets the body of one answer, unpacked.
 * @callback Getter
 * @returns {Promise<Uint8Array>}
 */

const PATH = `/packed/gzip/json/${ANSWER}`;
const ASKING = { 'accept-encoding': 'gzip' };
const unpacked = promisify(gunzip);

/** Times that all answers are asked for before. A response has several chunks, so these are as good as 10 000. */
const WARM_LOADS = WARM_REQUESTS / 4 / ANSWERS;

/**
 * Bodies are handed over as bytes. JSON.parse() is the caller's own work, as long for each client, and longer than all
 * the rest: two peers show what it makes of the whole.
 * @type {Bench}
 */
export const bench = {
  title: `${ANSWERS} responses of ${ANSWER / 1024} KiB of JSON, in gzip, over ${CONNECTIONS} connections`,
  warmUp: `${WARM_LOADS} such loads`,
  metrics: [
    { name: 'time', label: 'ms', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, us a response', better: 'less' },
  ],
  reference: 'HTTPRequest, completed()',
  peers: {
    'HTTPRequest, completed()': measured(tickhttp),
    'HTTPRequest, tick() at 60 Hz': measured(signalled, { ticks: true }),
    'undici Pool, its decompress': measured(undiciDecompress),
    'undici Pool, zlib.gunzip()': measured(undiciGunzip),
    fetch: measured(nodeFetch, { lanes: CONNECTIONS }),
    'HTTPRequest, JSON.parse()': measured(tickhttp, { parses: true }),
    'undici Pool, its decompress, JSON.parse()': measured(undiciDecompress, { parses: true }),
  },
};

/**
 * @param {(origin: string) => Getter | Promise<Getter>} makeGetter
 * @param {object} how
 * @param {number} [how.lanes] that ask one after the other; else all is asked for at once
 * @param {boolean} [how.ticks] in a loop that calls tick()
 * @param {boolean} [how.parses]
 * @returns {Peer}
 */
function measured(makeGetter, { lanes = ANSWERS, ticks = false, parses = false } = {}) {
  return async ({ http }) => {
    const get = await makeGetter(http);
    const body = jsonBody(ANSWER);
    const load = async (/** @type {boolean} */ exact) => {
      let asked = 0;
      const lane = async () => {
        for (; asked < ANSWERS; ) {
          asked += 1;
          const bytes = await get();
          const check = new JsonCheck({ body, exact });
          check.take(bytes);
          verify(check, ANSWER);
          if (parses) JSON.parse(new TextDecoder().decode(bytes));
        }
      };
      const timer = ticks ? setInterval(tick, 1000 / 60) : undefined;
      await Promise.all(Array.from({ length: lanes }, lane));
      clearInterval(timer);
    };
    await load(true);
    for (let count = 1; count < WARM_LOADS; count++) await load(false);
    return async () => {
      const { wall, cpu } = await measure(() => load(false));
      return { time: wall, cpu: (cpu / ANSWERS) * 1000 };
    };
  };
}

/**
 * @param {string} origin
 * @returns {Getter}
 */
function tickhttp(origin) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS });
  return async () => {
    const request = new HTTPRequest({ pool });
    request.request(origin + PATH);
    return (await request.completed()).body;
  };
}

/**
 * @param {string} origin
 * @returns {Getter}
 */
function signalled(origin) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: CONNECTIONS });
  return () =>
    new Promise((resolve) => {
      const request = new HTTPRequest({ pool });
      request.requestCompleted.connect((_result, _code, _headers, body) => resolve(body));
      request.request(origin + PATH);
    });
}

/**
 * @param {string} origin
 * @returns {Promise<Getter>}
 */
async function undiciDecompress(origin) {
  const { interceptors, Pool } = await import('undici');
  const pool = new Pool(origin, { connections: CONNECTIONS }).compose(interceptors.decompress());
  return async () => {
    const { body } = await pool.request({ method: 'GET', path: PATH, headers: ASKING });
    return body.bytes();
  };
}

/**
 * @param {string} origin
 * @returns {Promise<Getter>}
 */
async function undiciGunzip(origin) {
  const { Pool } = await import('undici');
  const pool = new Pool(origin, { connections: CONNECTIONS });
  return async () => {
    const { body } = await pool.request({ method: 'GET', path: PATH, headers: ASKING });
    return unpacked(await body.bytes());
  };
}

/**
 * @param {string} origin
 * @returns {Getter}
 */
function nodeFetch(origin) {
  return async () => new Uint8Array(await (await fetch(origin + PATH)).arrayBuffer());
}
