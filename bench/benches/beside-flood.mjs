import { Status, WorkerPool } from 'tickhttp';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';
import { SMALL, WARM_REQUESTS } from '../support/amounts.mjs';
import { MIB } from '../support/body.mjs';
import { doze, latencies, warmUp } from '../support/latencies.mjs';
import { startServer } from '../support/processes.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/** @type {Bench} */
export const bench = {
  title: `a GET of ${SMALL} bytes beside an endless body on the same thread, whose server is another process`,
  warmUp: `${WARM_REQUESTS} requests with nothing beside them`,
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
    warmUp(http, WARM_REQUESTS);
    const { server, stop } = await startServer('node');
    const flood = chunk > 0 ? startFlood(server.http, chunk, pool) : null;
    const buffer = new Uint8Array(MIB);
    let bytes = 0;
    const look = () => {
      if (flood?.getStatus() === Status.BODY) bytes += flood.readResponseBodyInto(buffer);
    };
    // Until it flows: the server makes it up first.
    for (; flood && bytes < MIB / 4; doze()) look();
    let start = 0;
    const times = latencies(http, look, () => {
      [bytes, start] = [0, performance.now()];
    });
    const flowed = bytes / 1000 / (performance.now() - start);
    if (flood) expectStatus(flood, Status.BODY);
    stop();
    return { median: quantile(times, 0.5), p99: quantile(times, 0.99), flood: flowed };
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
