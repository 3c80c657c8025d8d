import * as node from '../peers/node-downloads.mjs';
import { rawSocket } from '../peers/raw-sockets.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import * as worker from '../peers/worker-downloads.mjs';
import { downloadBench } from '../support/downloads.mjs';

export const bench = downloadBench({
  title: 'with a length, over TLS 1.3; tickhttp blocks',
  origin: ({ fixed }) => fixed.https,
  path: (size) => `/bytes/${size}`,
  reference: 'tickhttp, Into',
  peers: {
    'tickhttp, Into': tick.into,
    'tickhttp, Chunk': tick.chunks,
    'tickhttp, borrow': tick.borrowed,
    'undici stream': node.undiciStream,
    'node:https': node.nodeHttp,
    fetch: node.nodeFetch,
    'fetch in a worker, postMessage': worker.fetchPosted,
    'undici in a worker, comlink': worker.undiciComlink,
    'tls socket with onread (limit)': rawSocket,
  },
});
