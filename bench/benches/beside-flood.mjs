import { Status, WorkerPool } from 'tickhttp';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';
import { SMALL } from '../support/amounts.mjs';
import { MIB } from '../support/body.mjs';
import { startServer } from '../support/processes.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

const PATH = `/bytes/${SMALL}`;
const REQUESTS = 300;
const WARM_UP = 50;

/** Milliseconds between two looks, as in a loop that has other things to do. */
const PAUSE = 0.2;

/** @type {Bench} */
export const bench = {
  title: `a GET of ${SMALL} bytes beside an endless body on the same thread, whose server is another process`,
  metrics: [
    { name: 'median', label: 'latency, ms: median', better: 'less' },
    { name: 'p99', label: 'p99', better: 'less' },
    { name: 'flood', label: 'body beside it, MB/s', better: 'more' },
  ],
  reference: 'alone',
  peers: {
    alone: beside(0),
    'chunks of 64 KiB': beside(65_536),
    'chunks of 16 bytes': beside(16),
    'chunks of 1 byte': beside(1),
  },
};

/**
 * @param {number} chunk bytes; 0: nothing
 * @returns {Peer}
 */
function beside(chunk) {
  return async ({ fixed }) => {
    const pool = new WorkerPool({ threads: 1 });
    const http = connect(fixed.http, { pool });
    http.blockingModeEnabled = false;
    const { server, stop } = await startServer('node');
    const flood = chunk > 0 ? startFlood(server.http, chunk, pool) : null;
    const buffer = new Uint8Array(MIB);
    let bytes = 0;
    const look = () => {
      if (flood?.getStatus() === Status.BODY) bytes += flood.readResponseBodyInto(buffer);
      http.poll();
    };
    // Until it flows: the server makes it up first.
    while (flood && bytes < MIB / 4) {
      look();
      doze();
    }
    const times = [];
    let start = 0;
    for (let request = 0; request < WARM_UP + REQUESTS; request++) {
      if (request === WARM_UP) [bytes, start] = [0, performance.now()];
      const asked = performance.now();
      startGet(http, PATH);
      for (look(); http.getStatus() !== Status.CONNECTED; look()) {
        if (http.getStatus() === Status.BODY) http.readResponseBodyInto(buffer);
        else doze();
      }
      if (request >= WARM_UP) times.push(performance.now() - asked);
    }
    const flowed = bytes / 1000 / (performance.now() - start);
    if (flood) expectStatus(flood, Status.BODY);
    stop();
    const sorted = times.toSorted((a, b) => a - b);
    const at = (/** @type {number} */ part) => sorted[Math.floor(part * sorted.length)] ?? Number.NaN;
    return { median: at(0.5), p99: at(0.99), flood: flowed };
  };
}

/**
 * @param {string} origin
 * @param {number} chunk
 * @param {WorkerPool} pool
 */
function startFlood(origin, chunk, pool) {
  const http = connect(origin, { pool });
  startGet(http, `/chunked/${chunk}/${2 ** 20 * MIB}`);
  expectOk(http, http.poll());
  expectStatus(http, Status.BODY);
  http.blockingModeEnabled = false;
  return http;
}

const word = new Int32Array(new SharedArrayBuffer(4));

function doze() {
  Atomics.wait(word, 0, 0, PAUSE);
}
