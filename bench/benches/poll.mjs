import { HTTPClient, Status } from 'tickhttp';
import { connect, expectOk, expectStatus, startGet } from '../peers/tick.mjs';
import { MIB } from '../support/body.mjs';

/** @import { Bench } from '../support/types.mjs' */

const POLLS = 1_000_000;

/** The first rounds are the compiler's. */
const ROUNDS = 4;

/** @type {Bench} */
export const bench = {
  title: 'poll() when nothing has happened since the last; the best of 4 times 1 000 000',
  warmUp: 'the first of these',
  metrics: [
    { name: 'nanoseconds', label: 'ns', better: 'less' },
    { name: 'heap', label: 'heap, bytes', better: 'less' },
  ],
  peers: {
    disconnected: () => idlePolls(new HTTPClient()),
    connected: ({ http }) => idlePolls(connect(http)),
    'waiting for the head': ({ http }) => idlePolls(waiting(http)),
    'body arrived, not read': ({ http }) => idlePolls(bodyArrived(http)),
  },
};

/** @param {string} origin */
function waiting(origin) {
  const http = connect(origin);
  startGet(http, '/hang');
  return http;
}

/**
 * More of it than the buffer holds, so that it is full soon and nothing more happens.
 * @param {string} origin
 */
function bodyArrived(origin) {
  const http = connect(origin);
  startGet(http, `/bytes/${16 * MIB}`);
  expectOk(http, http.poll());
  expectStatus(http, Status.BODY);
  return http;
}

/** @param {HTTPClient} http */
function idlePolls(http) {
  http.blockingModeEnabled = false;
  let nanoseconds = Number.POSITIVE_INFINITY;
  let heap = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const start = performance.now();
    for (let poll = 0; poll < POLLS; poll++) http.poll();
    nanoseconds = Math.min(nanoseconds, ((performance.now() - start) * 1e6) / POLLS);
    heap = Math.min(heap, process.memoryUsage().heapUsed - before);
  }
  return { nanoseconds, heap: heap / POLLS };
}
