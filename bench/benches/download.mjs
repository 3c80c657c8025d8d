import * as node from '../peers/node-downloads.mjs';
import { rawSocket } from '../peers/raw-sockets.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import * as worker from '../peers/worker-downloads.mjs';
import { downloadBench } from '../support/downloads.mjs';

export const bench = downloadBench({
  title: 'with a length; tickhttp blocks unless it says otherwise',
  origin: ({ fixed }) => fixed.http,
  path: (size) => `/bytes/${size}`,
  reference: 'tickhttp, Into',
  peers: {
    'tickhttp, Into': tick.into,
    'tickhttp, Into, bufferSize 1 MiB': tick.smallInto,
    'tickhttp, Chunk': tick.chunks,
    'tickhttp, borrow': tick.borrowed,
    'tickhttp, borrow, 1 MiB at once': tick.largeBorrowed,
    'tickhttp, borrow, polled': tick.polled,
    'undici stream': node.undiciStream,
    'node:http': node.nodeHttp,
    fetch: node.nodeFetch,
    'fetch in a worker, postMessage': worker.fetchPosted,
    'undici in a worker, comlink': worker.undiciComlink,
    'net socket with onread (limit)': rawSocket,
  },
});
