import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect, expectOk, startGet } from '../peers/tick.mjs';
import { SMALL } from '../support/amounts.mjs';
import { residentSize } from '../support/resident.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Opens a connection and makes a request over it; what it returns is kept.
 * @typedef {(origin: string) => Promise<unknown>} Open
 */

const CLIENTS = 1000;

/** Opened before: code, threads and the heap's first growth are paid for once, however many clients there are. */
const OPENED_BEFORE = 100;
const PATH = `/bytes/${SMALL}`;

/** Files that a process has open besides its connections, generously. */
const OTHER_FILES = 100;

/** @type {Bench} */
export const bench = {
  title: `${CLIENTS} clients, idle after a GET of ${SMALL} bytes each: resident memory of the process`,
  warmUp: `${OPENED_BEFORE} such clients`,
  metrics: [{ name: 'memory', label: 'KiB a client', better: 'less' }],
  reference: 'tickhttp',
  peers: {
    tickhttp: measured(async (origin) => {
      const http = connect(origin);
      startGet(http, PATH);
      expectOk(http, http.poll());
      expectSize(http.readResponseBodyChunk());
      return http;
    }),
    'undici Client': measured(async (origin) => {
      const { Client } = await import('undici');
      const client = new Client(origin, { keepAliveTimeout: 60_000 });
      expectSize(await (await client.request({ method: 'GET', path: PATH })).body.bytes());
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
  return async ({ fixed }) => {
    expectFiles(OPENED_BEFORE + CLIENTS + OTHER_FILES);
    const kept = [];
    while (kept.length < OPENED_BEFORE) kept.push(await open(fixed.http));
    const before = await residentSize();
    while (kept.length < OPENED_BEFORE + CLIENTS) kept.push(await open(fixed.http));
    const grown = (await residentSize()) - before;
    return { memory: grown / 1024 / CLIENTS };
  };
}

/**
 * Linux tells how many files a process may have open; elsewhere the sockets themselves will.
 * @param {number} needed
 */
function expectFiles(needed) {
  let limits = '';
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {}
  const limit = Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  if (limit < needed)
    throw new Error(`${limit} files may be open, ${needed} are needed: ulimit -n ${needed}`);
}

/** @param {{ length: number }} body */
function expectSize({ length }) {
  if (length !== SMALL) throw new Error(`${length} bytes came, not ${SMALL}`);
}

/** @type {Open} */
function nodeHttp(origin) {
  const agent = new Agent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const request = get(origin + PATH, { agent }, (response) => {
      let length = 0;
      response.on('data', (chunk) => {
        length += chunk.length;
      });
      response.on('end', () => {
        expectSize({ length });
        resolve(agent);
      });
    });
    request.on('error', reject);
  });
}
