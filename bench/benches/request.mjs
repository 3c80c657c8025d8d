import { spawnSync } from 'node:child_process';
import { Agent, get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createSyncFn } from 'synckit';
import { Status } from 'tickhttp';
import { Client } from 'undici';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';
import { block } from '../support/body.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { Bench } from '../support/types.mjs' */
/** @typedef {() => Uint8Array | Promise<Uint8Array>} Get one request, and its body */

const SIZE = 11;
const PATH = `/bytes/${SIZE}`;

/** Requests of one run: of those that take long, fewer. */
const MANY = { count: 10_000, warmUp: 2000 };
const SOME = { count: 2000, warmUp: 500 };
const FEW = { count: 40, warmUp: 3 };

/** @type {Bench} */
export const bench = {
  title: 'GETs of 11 bytes, one after the other; 10 000 over one connection, synckit 2000, curl 40 processes',
  metrics: [
    { name: 'latency', label: 'latency, us', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, us', better: 'less' },
  ],
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': ({ http }) => perRequest(tickBlocking(http), MANY),
    'tickhttp, polled in a tight loop': ({ http }) => perRequest(tickPolled(http), MANY),
    'undici Client': ({ http }) => perRequest(undiciClient(http), MANY),
    'node:http, keep-alive': ({ http }) => perRequest(nodeHttp(http), MANY),
    fetch: ({ http }) => perRequest(nodeFetch(http), MANY),
    'synckit and undici, blocking': ({ http }) => perRequest(synckitUndici(http), SOME),
    'curl by spawnSync, blocking': ({ http }) => perRequest(curl(http), FEW),
  },
};

/**
 * @param {Get} get
 * @param {{ count: number, warmUp: number }} amount
 */
async function perRequest(get, { count, warmUp }) {
  const expected = block.subarray(0, SIZE);
  const first = get();
  if (!expected.equals(await first)) throw new Error('the answer is wrong');
  // Blocking peers must not pay for the turns of an await.
  const blocking = !(first instanceof Promise);
  const run = (/** @type {number} */ times) => (blocking ? repeatSync(get, times) : repeat(get, times));
  await run(warmUp);
  const { wall, cpu } = await measure(() => run(count));
  return { latency: (wall / count) * 1000, cpu: (cpu / count) * 1000 };
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
  if (length !== SIZE) throw new Error(`${length} bytes came, not ${SIZE}`);
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
 * @returns {Get}
 */
function undiciClient(origin) {
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
function synckitUndici(origin) {
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
