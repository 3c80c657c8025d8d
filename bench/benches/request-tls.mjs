import * as peers from '../peers/requests.mjs';
import { REQUESTS, SMALL, WARM_REQUESTS } from '../support/amounts.mjs';
import { REQUEST_METRICS, requests } from '../support/requests.mjs';

/** @import { GetMaker } from '../peers/requests.mjs' */
/** @import { Bench, Server } from '../support/types.mjs' */

const secure = { origin: (/** @type {Server} */ { fixed }) => fixed.https };
const measured = (/** @type {GetMaker} */ makeGet) => requests(makeGet, secure);

/** @type {Bench} */
export const bench = {
  title: `${REQUESTS} GETs of ${SMALL} bytes, one after the other over one connection, over TLS 1.3`,
  warmUp: `${WARM_REQUESTS} such requests`,
  metrics: REQUEST_METRICS,
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': measured(peers.tickBlocking),
    'undici Client': measured(peers.undiciClient),
    'node:https, keep-alive': measured(peers.nodeHttp),
    fetch: measured(peers.nodeFetch),
  },
};
