import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { socketGet } from '../peers/plain-socket.mjs';
import { connect, expectOk, startGet } from '../peers/tick.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/** @typedef {{ body: Uint8Array, end: () => void }} Brought */

/**
 * Makes a client, brings a body with it, and has it still connected.
 * @typedef {(url: URL) => Brought | Promise<Brought>} Bring
 */

const SIZE = 11;
const CLIENTS = 50;
const CLIENTS_TO_WARM_UP = 10;
/** Milliseconds. The last client is gone by then. */
const PAUSE = 2;

/** @type {Bench} */
export const bench = {
  title: `a client more, from its making to its first body, of 11 bytes; the median of ${CLIENTS}`,
  metrics: [
    { name: 'time', label: 'ms', better: 'less' },
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
    const first = await bring(url);
    const times = [];
    const socketTimes = [];
    for (let client = 0; client < CLIENTS_TO_WARM_UP + CLIENTS; client++) {
      times.push(await timed(bring, url));
      socketTimes.push(await timed(socketGet, url));
    }
    first.end();
    const time = median(times.slice(CLIENTS_TO_WARM_UP));
    return { time, over: time - median(socketTimes.slice(CLIENTS_TO_WARM_UP)) };
  };
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

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
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
