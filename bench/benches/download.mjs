import * as node from '../peers/node-downloads.mjs';
import { rawSocket } from '../peers/raw-sockets.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import * as worker from '../peers/worker-downloads.mjs';
import { downloadBench } from '../support/downloads.mjs';

export const bench = downloadBench({
  title: 'with a length; tickhttp blocks unless it says otherwise',
  origin: ({ fixed }) => fixed.http,
  path: (size) => `/bytes/${size}`,
  reference: 'tickhttp, Into, 64 KiB',
  peers: {
    'tickhttp, Into, 64 KiB': tick.into,
    'tickhttp, Into, 1 MiB of 8': tick.largeInto,
    'tickhttp, Chunk, 64 KiB': tick.chunks,
    'tickhttp, Chunk, 1 MiB of 8': tick.largeChunks,
    'tickhttp, borrow, 64 KiB': tick.borrowed,
    'tickhttp, borrow, 1 MiB of 8': tick.largeBorrowed,
    'tickhttp, borrow, polled': tick.polled,
    'undici stream': node.undiciStream,
    'node:http': node.nodeHttp,
    fetch: node.nodeFetch,
    'fetch in a worker, postMessage': worker.fetchPosted,
    'undici in a worker, comlink': worker.undiciComlink,
    'net socket with onread (limit)': rawSocket,
  },
});
