import * as node from '../peers/node-downloads.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import * as worker from '../peers/worker-downloads.mjs';
import { downloadBench } from '../support/downloads.mjs';

export const bench = downloadBench({
  title: 'in chunks of 16 KiB; tickhttp blocks',
  origin: ({ http }) => http,
  path: (size) => `/chunked/16384/${size}`,
  reference: 'tickhttp, Into',
  peers: {
    'tickhttp, Into': tick.into,
    'tickhttp, Chunk': tick.chunks,
    'tickhttp, borrow': tick.borrowed,
    'undici stream': node.undiciStream,
    'node:http': node.nodeHttp,
    fetch: node.nodeFetch,
    'fetch in a worker, postMessage': worker.fetchPosted,
    'undici in a worker, comlink': worker.undiciComlink,
  },
});
