import * as node from '../peers/node-downloads.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import { downloadBench } from '../support/downloads.mjs';

export const bench = downloadBench({
  title: 'with a length; tickhttp blocks unless it says otherwise',
  scheme: 'http',
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
    'fetch in a worker, postMessage': node.fetchInWorker,
    'net socket with onread (limit)': node.rawSocket,
  },
});
