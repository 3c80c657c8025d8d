import { Agent, get } from 'node:http';
import { Status, WorkerPool } from 'tickhttp';
import { Pool } from 'undici';
import { connect, startGet, turn } from '../peers/tick.mjs';
import { BodyCheck, verify } from './body.mjs';
import { measure } from './stopwatch.mjs';

/** @import { Bench, Peer } from './types.mjs' */

/**
 * Makes `count` requests, over all connections at once.
 * @typedef {(count: number) => Promise<void>} Crowd
 */

const CONNECTIONS = 64;

/**
 * The bench of bodies of `size` bytes over 64 connections.
 * @param {number} size
 * @param {number} count
 * @returns {Bench}
 */
export function parallelBench(size, count) {
  /**
   * @param {(origin: string, size: number) => Crowd} makeCrowd
   * @returns {Peer}
   */
  const measured =
    (makeCrowd) =>
    async ({ http }) => {
      const crowd = makeCrowd(http, size);
      await crowd(count / 8);
      const { wall, cpu } = await measure(() => crowd(count));
      return { rate: count / (wall / 1000), cpu: (cpu / count) * 1000 };
    };
  return {
    title: `${count} GETs of ${size} bytes over ${CONNECTIONS} connections; tickhttp is polled once a turn`,
    metrics: [
      { name: 'rate', label: 'requests/s', better: 'more' },
      { name: 'cpu', label: 'main-thread CPU, us', better: 'less' },
    ],
    reference: 'tickhttp, 1 worker',
    peers: {
      'tickhttp, 1 worker': measured((origin, size) => tickhttp(origin, size, 1)),
      'tickhttp, 2 workers': measured((origin, size) => tickhttp(origin, size, 2)),
      'undici Pool': measured(undiciPool),
      'node:http, keep-alive': measured(nodeHttp),
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
  return async (count) => {
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
      client.body = new BodyCheck();
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
  return async (count) => {
    let left = count;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        const body = new BodyCheck();
        await get(body);
        verify(body, size);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  };
}

/**
 * @param {string} origin
 * @param {number} size
 */
function undiciPool(origin, size) {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  return lanes(async (check) => {
    const { body } = await pool.request({ method: 'GET', path: `/bytes/${size}` });
    for await (const chunk of body) check.take(chunk);
  }, size);
}

/**
 * @param {string} origin
 * @param {number} size
 */
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
