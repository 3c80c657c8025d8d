import { Status, WorkerPool } from 'tickhttp';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

const SIZE = 65_536;
const READS = 3;

/** @type {Bench} */
export const bench = {
  title: `one readResponseBodyChunk() of ${SIZE} bytes, in the pieces in which they came`,
  metrics: [{ name: 'time', label: 'ms', better: 'less' }],
  reference: 'at once',
  peers: {
    'at once': reading(`/bytes/${SIZE}`),
    'byte by byte': reading(`/dribble/${SIZE}`),
  },
};

/**
 * The median of a few reads, of bodies that came while the caller did something else.
 * @param {string} path
 * @returns {Peer}
 */
function reading(path) {
  return async ({ http: origin }) => {
    const pool = new WorkerPool({ threads: 1 });
    const http = connect(origin, { pool });
    const received = async () => (await pool.stats()).bytesRead;
    const ask = () => {
      startGet(http, path);
      expectOk(http, http.poll());
      expectStatus(http, Status.BODY);
    };
    ask();
    expectSize(http.readResponseBodyChunk());
    const whole = await received();
    const times = [];
    for (let read = 1; read <= READS; read++) {
      ask();
      while ((await received()) < (read + 1) * whole);
      http.blockingModeEnabled = false;
      const start = performance.now();
      const chunk = http.readResponseBodyChunk();
      times.push(performance.now() - start);
      expectSize(chunk);
      http.blockingModeEnabled = true;
      expectOk(http, http.poll());
    }
    return { time: times.toSorted((a, b) => a - b)[READS >> 1] ?? Number.NaN };
  };
}

/** @param {Uint8Array} body */
function expectSize({ length }) {
  if (length !== SIZE) throw new Error(`${length} bytes came, not ${SIZE}`);
}
