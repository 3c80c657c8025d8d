import { spawnSync } from 'node:child_process';
import * as peers from '../peers/requests.mjs';
import { REQUESTS, SMALL, WARM_REQUESTS } from '../support/amounts.mjs';
import { startServer } from '../support/processes.mjs';
import { REQUEST_METRICS, requests } from '../support/requests.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */
/** @import { GetMaker } from '../peers/requests.mjs' */

/** @type {Bench} */
export const bench = {
  title: `${REQUESTS} GETs of ${SMALL} bytes, where the client and the server have one core together`,
  warmUp: `${WARM_REQUESTS} such requests`,
  metrics: REQUEST_METRICS,
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': onOneCore(peers.tickBlocking),
    'undici Client': onOneCore(peers.undiciClient),
    'node:http, keep-alive': onOneCore(peers.nodeHttp),
    fetch: onOneCore(peers.nodeFetch),
  },
};

/**
 * Its server is one of its own, on its core.
 * @param {GetMaker} makeGet
 * @returns {Peer}
 */
function onOneCore(makeGet) {
  return async () => {
    // Threads and processes that are started later inherit it.
    const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', '0', String(process.pid)]);
    if (status !== 0) throw new Error(`taskset: ${stderr ?? 'it is not installed'}`);
    const { server } = await startServer('node');
    return await requests(makeGet)(server);
  };
}
