import { spawnSync } from 'node:child_process';
import { Agent, get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Status } from 'tickhttp';
import { FetchInWorker } from '../peers/fetch-in-worker.mjs';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';
import { PROCESSES, REQUESTS, SLOW_REQUESTS, SMALL } from '../support/amounts.mjs';
import { block } from '../support/body.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */
/** @typedef {() => Uint8Array | Promise<Uint8Array>} Get one request, and its body */

const PATH = `/bytes/${SMALL}`;

/** @type {Bench} */
export const bench = {
  title:
    `GETs of ${SMALL} bytes, one after the other; ${REQUESTS} over one connection, ` +
    `synckit ${SLOW_REQUESTS}, curl ${PROCESSES} processes`,
  metrics: [
    { name: 'latency', label: 'latency, us', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, us', better: 'less' },
  ],
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': measured(tickBlocking),
    'tickhttp, polled in a tight loop': measured(tickPolled),
    'undici Client': measured(undiciClient),
    'node:http, keep-alive': measured(nodeHttp),
    fetch: measured(nodeFetch),
    'fetch in a worker, postMessage': measured(fetchPosted),
    'undici in a worker, comlink': measured(undiciComlink),
    'synckit and undici, blocking': measured(synckitUndici, SLOW_REQUESTS),
    'curl by spawnSync, blocking': measured(curl, PROCESSES),
  },
};

/**
 * @param {(origin: string) => Get | Promise<Get>} makeGet
 * @param {number} [count]
 * @returns {Peer}
 */
function measured(makeGet, count = REQUESTS) {
  return async ({ fixed }) => {
    const get = await makeGet(fixed.http);
    const first = get();
    if (!block.subarray(0, SMALL).equals(await first)) throw new Error('the answer is wrong');
    // Blocking peers must not pay for the turns of an await.
    const blocking = !(first instanceof Promise);
    const run = (/** @type {number} */ times) => (blocking ? repeatSync(get, times) : repeat(get, times));
    await run(count);
    return async () => {
      // A connection that was closed since the last time is opened again before the clock runs.
      await run(2);
      const { wall, cpu } = await measure(() => run(count));
      return { latency: (wall / count) * 1000, cpu: (cpu / count) * 1000 };
    };
  };
}

/**
 * @param {Get} get
 * @param {number} times
 */
async function repeat(get, times) {
  for (let request = 0; request < times; request++) expectSize(await get());
}

/**
 * @param {Get} get
 * @param {number} times
 */
function repeatSync(get, times) {
  for (let request = 0; request < times; request++) expectSize(/** @type {Uint8Array} */ (get()));
}

/** @param {Uint8Array} body */
function expectSize({ length }) {
  if (length !== SMALL) throw new Error(`${length} bytes came, not ${SMALL}`);
}

/**
 * @param {string} origin
 * @returns {Get}
 */
function tickBlocking(origin) {
  const http = connect(origin);
  return () => {
    startGet(http, PATH);
    expectOk(http, http.poll());
    const body = http.readResponseBodyChunk();
    expectStatus(http, Status.CONNECTED);
    return body;
  };
}

/**
 * @param {string} origin
 * @returns {Get}
 */
function tickPolled(origin) {
  const http = connect(origin);
  http.blockingModeEnabled = false;
  return () => {
    startGet(http, PATH);
    while (http.getStatus() === Status.REQUESTING) http.poll();
    const body = http.readResponseBodyChunk();
    expectStatus(http, Status.CONNECTED);
    return body;
  };
}

/**
 * @param {string} origin
 * @returns {Promise<Get>}
 */
async function undiciClient(origin) {
  const { Client } = await import('undici');
  const client = new Client(origin);
  return async () => {
    const { body } = await client.request({ method: 'GET', path: PATH });
    return body.bytes();
  };
}

/**
 * @param {string} origin
 * @returns {Get}
 */
function nodeHttp(origin) {
  const { hostname, port } = new URL(origin);
  const options = { hostname, port, path: PATH, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
  return () =>
    new Promise((resolve, reject) => {
      get(options, (response) => buffer(response).then(resolve, reject)).on('error', reject);
    });
}

/**
 * @param {string} origin
 * @returns {Get}
 */
function nodeFetch(origin) {
  const url = origin + PATH;
  return async () => new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/**
 * @param {string} origin
 * @returns {Get}
 */
function fetchPosted(origin) {
  const worker = new FetchInWorker();
  return () => worker.get(origin + PATH);
}

/**
 * @param {string} origin
 * @returns {Promise<Get>}
 */
async function undiciComlink(origin) {
  const { undiciInWorker } = await import('../peers/undici-in-worker.mjs');
  const worker = undiciInWorker(origin, 1);
  return () => worker.get(PATH);
}

/**
 * @param {string} origin
 * @returns {Promise<Get>}
 */
async function synckitUndici(origin) {
  const { createSyncFn } = await import('synckit');
  const call = createSyncFn(new URL('../peers/synckit-worker.mjs', import.meta.url).href);
  return () => call(origin, PATH);
}

/**
 * @param {string} origin
 * @returns {Get}
 */
function curl(origin) {
  return () => {
    const { stdout, error } = spawnSync('curl', ['-s', origin + PATH]);
    if (error) throw error;
    return stdout;
  };
}
