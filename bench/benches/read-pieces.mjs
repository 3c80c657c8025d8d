import { Status, WorkerPool } from 'tickhttp';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

const SIZE = 65_536;
const READS = 3;

/** Of bytes that came at once, and of those that came as the peer says: those take long. */
const WARM_READS = 1000;
const WARM_OWN_READS = 5;

/** @type {Bench} */
export const bench = {
  title: `one readResponseBodyChunk() of ${SIZE} bytes, in the pieces in which they came`,
  warmUp: `${WARM_READS} reads of bytes that came at once, and ${WARM_OWN_READS} as they are measured`,
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
    const ask = (/** @type {string} */ what) => {
      startGet(http, what);
      expectOk(http, http.poll());
      expectStatus(http, Status.BODY);
    };
    for (let read = 0; read < WARM_READS; read++) {
      ask(`/bytes/${SIZE}`);
      expectSize(http.readResponseBodyChunk());
    }
    const before = await received();
    ask(path);
    expectSize(http.readResponseBodyChunk());
    const whole = (await received()) - before;
    const times = [];
    for (let read = 1; read <= WARM_OWN_READS + READS; read++) {
      ask(path);
      while ((await received()) < before + (read + 1) * whole);
      http.blockingModeEnabled = false;
      const start = performance.now();
      const chunk = http.readResponseBodyChunk();
      times.push(performance.now() - start);
      expectSize(chunk);
      http.blockingModeEnabled = true;
      expectOk(http, http.poll());
    }
    return { time: quantile(times.slice(-READS), 0.5) };
  };
}

/** @param {Uint8Array} body */
function expectSize({ length }) {
  if (length !== SIZE) throw new Error(`${length} bytes came, not ${SIZE}`);
}
