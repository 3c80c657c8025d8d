import * as peers from '../peers/requests.mjs';
import { COLD_REQUESTS, SMALL } from '../support/amounts.mjs';
import { coldRequests } from '../support/requests.mjs';

/** @import { GetMaker } from '../peers/requests.mjs' */
/** @import { Bench } from '../support/types.mjs' */

const measured = (/** @type {GetMaker} */ makeGet) => coldRequests(makeGet, COLD_REQUESTS);

/**
 * Each round is a new process, and the peers are as cold as the first requests of a program find them.
 * @type {Bench}
 */
export const bench = {
  title: `the first ${COLD_REQUESTS} GETs of ${SMALL} bytes of a process, one after the other over one connection`,
  warmUp: 'one request, which connects',
  metrics: [
    { name: 'mean', label: 'latency, us: mean', better: 'less' },
    { name: 'latency', label: 'median', better: 'less' },
    { name: 'p90', label: 'p90', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, us', better: 'less' },
  ],
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': measured(peers.tickBlocking),
    'undici Client': measured(peers.undiciClient),
    'node:http, keep-alive': measured(peers.nodeHttp),
    fetch: measured(peers.nodeFetch),
  },
};
