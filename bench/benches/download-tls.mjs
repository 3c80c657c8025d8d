import * as node from '../peers/node-downloads.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import { downloadBench } from '../support/downloads.mjs';

export const bench = downloadBench({
  title: 'with a length, over TLS 1.3; tickhttp blocks',
  scheme: 'https',
  path: (size) => `/bytes/${size}`,
  reference: 'tickhttp, Into, 64 KiB',
  peers: {
    'tickhttp, Into, 64 KiB': tick.into,
    'tickhttp, Chunk, 64 KiB': tick.chunks,
    'tickhttp, borrow, 1 MiB of 8': tick.largeBorrowed,
    'undici stream': node.undiciStream,
    'node:https': node.nodeHttp,
    fetch: node.nodeFetch,
  },
});
