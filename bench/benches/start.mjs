/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Loads a client and brings a body, in a process that has not used it before.
 * @typedef {(origin: string) => Promise<Uint8Array>} First
 */

const SIZE = 11;
const PATH = `/bytes/${SIZE}`;

/** @type {Bench} */
export const bench = {
  title: 'from the import of the client to the first body, of 11 bytes',
  metrics: [{ name: 'time', label: 'ms', better: 'less' }],
  reference: 'tickhttp, blocking',
  peers: {
    'tickhttp, blocking': measured(tickhttp),
    undici: measured(async (origin) => {
      const { Client } = await import('undici');
      const { body } = await new Client(origin).request({ method: 'GET', path: PATH });
      return body.bytes();
    }),
    fetch: measured(async (origin) => new Uint8Array(await (await fetch(origin + PATH)).arrayBuffer())),
    'node:http': measured(nodeHttp),
  },
};

/**
 * @param {First} first
 * @returns {Peer}
 */
function measured(first) {
  return async ({ http }) => {
    const start = performance.now();
    const { length } = await first(http);
    const time = performance.now() - start;
    if (length !== SIZE) throw new Error(`${length} bytes came, not ${SIZE}`);
    return { time };
  };
}

/** @type {First} */
async function tickhttp(origin) {
  const { connect, startGet } = await import('../peers/tick.mjs');
  const http = connect(origin);
  startGet(http, PATH);
  http.poll();
  return http.readResponseBodyChunk();
}

/** @type {First} */
async function nodeHttp(origin) {
  const { get } = await import('node:http');
  const { buffer } = await import('node:stream/consumers');
  return new Promise((resolve, reject) => {
    get(origin + PATH, (response) => buffer(response).then(resolve, reject)).on('error', reject);
  });
}
