import { Agent, get } from 'node:http';
import { Status, WorkerPool } from 'tickhttp';
import { FetchInWorker } from '../peers/fetch-in-worker.mjs';
import { connect, startGet, turn } from '../peers/tick.mjs';
import { WARM_BYTES, WARM_REQUESTS } from './amounts.mjs';
import { BodyCheck, ExactCheck, verify } from './body.mjs';
import { measure } from './stopwatch.mjs';

/** @import { Bench, Metric, Peer } from './types.mjs' */

/**
 * Makes `count` requests, over all connections at once; `makeCheck` makes what takes each body.
 * @typedef {(count: number, makeCheck: () => BodyCheck) => Promise<void>} Crowd
 */

/** @typedef {(origin: string, size: number) => Crowd | Promise<Crowd>} CrowdMaker */

const CONNECTIONS = 64;

/** @type {Record<'rate' | 'speed' | 'cpu', Metric>} */
const METRICS = {
  rate: { name: 'rate', label: 'requests/s', better: 'more' },
  speed: { name: 'speed', label: 'GB/s', better: 'more' },
  cpu: { name: 'cpu', label: 'main-thread CPU, us', better: 'less' },
};

/**
 * The bench of bodies of `size` bytes over 64 connections.
 * @param {{ size: number, sizeName: string, count: number, metrics: ('rate' | 'speed' | 'cpu')[] }} options
 * @returns {Bench}
 */
export function parallelBench({ size, sizeName, count, metrics }) {
  const before = Math.min(WARM_REQUESTS, WARM_BYTES / size);
  /**
   * @param {CrowdMaker} makeCrowd
   * @returns {Peer}
   */
  const measured =
    (makeCrowd) =>
    async ({ fixed }) => {
      const crowd = await makeCrowd(fixed.http, size);
      await crowd(CONNECTIONS, () => new ExactCheck());
      await crowd(before, () => new BodyCheck());
      return async () => {
        // Connections that were closed since the last time are opened again before the clock runs.
        await crowd(CONNECTIONS, () => new ExactCheck());
        const { wall, cpu } = await measure(() => crowd(count, () => new BodyCheck()));
        return { rate: count / (wall / 1000), speed: (count * size) / 1e6 / wall, cpu: (cpu / count) * 1000 };
      };
    };
  return {
    title: `${count} GETs of ${sizeName} over ${CONNECTIONS} connections; tickhttp is polled once a turn`,
    warmUp: `${before} such requests`,
    metrics: metrics.map((name) => METRICS[name]),
    reference: 'tickhttp, 1 worker',
    peers: {
      'tickhttp, 1 worker': measured((origin, size) => tickhttp(origin, size, 1)),
      'tickhttp, 2 workers': measured((origin, size) => tickhttp(origin, size, 2)),
      'undici Pool': measured(undiciPool),
      'node:http, keep-alive': measured(nodeHttp),
      fetch: measured(nodeFetch),
      'fetch in a worker, postMessage': measured(fetchPosted),
      'undici in a worker, comlink': measured(undiciComlink),
    },
  };
}

/**
 * One turn of the loop looks at every client once, as a game does with all that it has open.
 * @param {string} origin
 * @param {number} size
 * @param {number} threads
 * @returns {Crowd}
 */
function tickhttp(origin, size, threads) {
  const pool = new WorkerPool({ threads });
  const clients = Array.from({ length: CONNECTIONS }, () => {
    const http = connect(origin, { pool });
    http.blockingModeEnabled = false;
    return { http, body: new BodyCheck(), waiting: false };
  });
  return async (count, makeCheck) => {
    let started = 0;
    let done = 0;
    const step = (/** @type {typeof clients[number]} */ client) => {
      const { http, body } = client;
      http.poll();
      for (let chunk = http.borrowResponseBodyChunk(); chunk.length > 0; ) {
        body.take(chunk);
        chunk = http.borrowResponseBodyChunk();
      }
      if (http.getLastError()) throw new Error(http.getLastError()?.message);
      if (http.getStatus() !== Status.CONNECTED) return;
      if (client.waiting) {
        verify(body, size);
        done += 1;
      }
      client.waiting = started < count;
      if (!client.waiting) return;
      started += 1;
      client.body = makeCheck();
      startGet(http, `/bytes/${size}`);
    };
    while (done < count) {
      for (const client of clients) step(client);
      await turn();
    }
  };
}

/**
 * Each lane makes a request when its last is answered.
 * @param {(body: BodyCheck) => Promise<unknown>} get
 * @param {number} size
 * @returns {Crowd}
 */
function lanes(get, size) {
  return async (count, makeCheck) => {
    let left = count;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        const body = makeCheck();
        await get(body);
        verify(body, size);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  };
}

/** @type {CrowdMaker} */
async function undiciPool(origin, size) {
  const { Pool } = await import('undici');
  const pool = new Pool(origin, { connections: CONNECTIONS });
  return lanes(async (check) => {
    const { body } = await pool.request({ method: 'GET', path: `/bytes/${size}` });
    for await (const chunk of body) check.take(chunk);
  }, size);
}

/** @type {CrowdMaker} */
function nodeHttp(origin, size) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const url = `${origin}/bytes/${size}`;
  return lanes(
    (check) =>
      new Promise((resolve, reject) => {
        const request = get(url, { agent }, (response) => {
          response.on('data', (chunk) => check.take(chunk));
          response.on('end', resolve);
        });
        request.on('error', reject);
      }),
    size,
  );
}

/** @type {CrowdMaker} */
function nodeFetch(origin, size) {
  const url = `${origin}/bytes/${size}`;
  return lanes(async (check) => {
    const { body } = await fetch(url);
    for await (const chunk of body ?? []) check.take(chunk);
  }, size);
}

/** @type {CrowdMaker} */
function fetchPosted(origin, size) {
  const worker = new FetchInWorker();
  const url = `${origin}/bytes/${size}`;
  return lanes(async (check) => check.take(await worker.get(url)), size);
}

/** @type {CrowdMaker} */
async function undiciComlink(origin, size) {
  const { undiciInWorker } = await import('../peers/undici-in-worker.mjs');
  const worker = undiciInWorker(origin, CONNECTIONS);
  const path = `/bytes/${size}`;
  return lanes(async (check) => check.take(await worker.get(path)), size);
}
