import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { socketGet } from '../peers/plain-socket.mjs';
import { connect, expectOk, startGet } from '../peers/tick.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/** @typedef {{ body: Uint8Array, end: () => void }} Brought */

/**
 * Makes a client, brings a body with it, and has it still connected.
 * @typedef {(url: URL) => Brought | Promise<Brought>} Bring
 */

const SIZE = 11;
const CLIENTS = 50;
const CLIENTS_TO_WARM_UP = 300;
/** Milliseconds. The last client is gone by then. */
const PAUSE = 2;

/** @type {Bench} */
export const bench = {
  title: `a client more, from its making to its first body, of 11 bytes; the median of ${CLIENTS}`,
  warmUp: `${CLIENTS_TO_WARM_UP} such clients`,
  metrics: [
    { name: 'time', label: 'ms', better: 'less' },
    { name: 'p90', label: 'p90', better: 'less' },
    { name: 'over', label: 'more than a plain socket, ms', better: 'less' },
  ],
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': measured(tickhttp),
    'undici Client': measured(undiciClient),
    'node:http, no keep-alive': measured(nodeHttp),
  },
};

/**
 * In turns with a plain socket in the same process: what else the machine does meanwhile hits both.
 * @param {Bring} bring
 * @returns {Peer}
 */
function measured(bring) {
  return async ({ http }) => {
    const url = new URL(`/bytes/${SIZE}`, http);
    // Kept, so that the threads are there.
    await bring(url);
    await medians(bring, url, CLIENTS_TO_WARM_UP);
    return () => medians(bring, url, CLIENTS);
  };
}

/**
 * @param {Bring} bring
 * @param {URL} url
 * @param {number} count
 */
async function medians(bring, url, count) {
  const times = [];
  const socketTimes = [];
  for (let client = 0; client < count; client++) {
    times.push(await timed(bring, url));
    socketTimes.push(await timed(socketGet, url));
  }
  const time = quantile(times, 0.5);
  return { time, p90: quantile(times, 0.9), over: time - quantile(socketTimes, 0.5) };
}

/**
 * @param {Bring} bring
 * @param {URL} url
 */
async function timed(bring, url) {
  const start = performance.now();
  const pending = bring(url);
  const { body, end } = pending instanceof Promise ? await pending : pending;
  const time = performance.now() - start;
  if (body.length !== SIZE) throw new Error(`${body.length} bytes came, not ${SIZE}`);
  end();
  await sleep(PAUSE);
  return time;
}

/** @type {Bring} */
function tickhttp({ origin, pathname }) {
  const http = connect(origin);
  startGet(http, pathname);
  expectOk(http, http.poll());
  return { body: http.readResponseBodyChunk(), end: () => http[Symbol.dispose]() };
}

/** @type {Bring} */
async function undiciClient({ origin, pathname }) {
  const client = new Client(origin);
  const { body } = await client.request({ method: 'GET', path: pathname });
  return { body: await body.bytes(), end: () => client.destroy() };
}

/** @type {Bring} */
function nodeHttp(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      response.on('data', (body) => resolve({ body, end: () => request.destroy() }));
    });
    request.on('error', reject);
  });
}
