import * as peers from '../peers/requests.mjs';
import { PROCESSES, REQUESTS, SMALL, WARM_REQUESTS } from '../support/amounts.mjs';
import { REQUEST_METRICS, requests } from '../support/requests.mjs';

/** @import { Bench } from '../support/types.mjs' */

/** @type {Bench} */
export const bench = {
  title: `${REQUESTS} GETs of ${SMALL} bytes, one after the other over one connection; ${PROCESSES} processes of curl`,
  warmUp: `${WARM_REQUESTS} such requests, curl ${PROCESSES}`,
  metrics: REQUEST_METRICS,
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': requests(peers.tickBlocking),
    'tickhttp, polled in a tight loop': requests(peers.tickPolled),
    'undici Client': requests(peers.undiciClient),
    'node:http, keep-alive': requests(peers.nodeHttp),
    fetch: requests(peers.nodeFetch),
    'fetch in a worker, postMessage': requests(peers.fetchPosted),
    'undici in a worker, comlink': requests(peers.undiciComlink),
    'synckit and undici, blocking': requests(peers.synckitUndici),
    'curl by spawnSync, blocking': requests(peers.curl, { count: PROCESSES, before: PROCESSES }),
  },
};
