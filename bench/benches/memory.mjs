import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { connect, expectOk, startGet } from '../peers/tick.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Opens a connection and makes a request over it; what it returns is kept.
 * @typedef {(origin: string) => Promise<unknown>} Open
 */

const CONNECTIONS = 500;

/** Opened before: code, threads and the heap's first growth are paid for once, however many connections there are. */
const OPENED_BEFORE = 200;
const PATH = '/bytes/11';

/** Milliseconds for the collector and the system to give back what the opening took. */
const SETTLING = 500;

/** @type {Bench} */
export const bench = {
  title: `${CONNECTIONS} connections, idle after a GET of 11 bytes each: resident memory of the process`,
  metrics: [{ name: 'memory', label: 'KiB a connection', better: 'less' }],
  reference: 'tickhttp',
  peers: {
    tickhttp: measured(async (origin) => {
      const http = connect(origin);
      startGet(http, PATH);
      expectOk(http, http.poll());
      http.readResponseBodyChunk();
      return http;
    }),
    'undici Client': measured(async (origin) => {
      const client = new Client(origin, { keepAliveTimeout: 60_000 });
      await (await client.request({ method: 'GET', path: PATH })).body.bytes();
      return client;
    }),
    'node:http, keep-alive': measured(nodeHttp),
  },
};

/**
 * @param {Open} open
 * @returns {Peer}
 */
function measured(open) {
  return async ({ http }) => {
    const kept = [];
    while (kept.length < OPENED_BEFORE) kept.push(await open(http));
    const before = await residentSize();
    while (kept.length < OPENED_BEFORE + CONNECTIONS) kept.push(await open(http));
    const grown = (await residentSize()) - before;
    return { memory: grown / 1024 / CONNECTIONS };
  };
}

async function residentSize() {
  globalThis.gc?.();
  await sleep(SETTLING);
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** @type {Open} */
function nodeHttp(origin) {
  const agent = new Agent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const request = get(origin + PATH, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(agent));
    });
    request.on('error', reject);
  });
}
