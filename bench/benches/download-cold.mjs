import * as node from '../peers/node-downloads.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import { COLD_DOWNLOADS, DOWNLOAD } from '../support/amounts.mjs';
import { MIB } from '../support/body.mjs';
import { coldDownload, DOWNLOAD_METRICS } from '../support/downloads.mjs';

/** @import { Bench } from '../support/types.mjs' */

/** @type {Bench} */
export const bench = {
  title: `the first ${COLD_DOWNLOADS} downloads of ${DOWNLOAD / MIB} MiB of a process, over one connection; tickhttp blocks`,
  warmUp: 'one download of 1 MiB, which connects',
  metrics: DOWNLOAD_METRICS,
  reference: 'tickhttp, Chunk',
  peers: {
    'tickhttp, Into': coldDownload(tick.into),
    'tickhttp, Chunk': coldDownload(tick.chunks),
    'undici stream': coldDownload(node.undiciStream),
    'node:http': coldDownload(node.nodeHttp),
    fetch: coldDownload(node.nodeFetch),
  },
};
