import { request as nodeRequest } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Method, Status } from 'tickhttp';
import { Client } from 'undici';
import { connect, expectOk, expectStatus } from '../peers/tick.mjs';
import { WARM_BYTES } from '../support/amounts.mjs';
import { expectReceipt, MIB, makeBody, UPLOAD } from '../support/body.mjs';
import { measureHold, TICK } from '../support/stopwatch.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/** @typedef {(body: Uint8Array) => Promise<string>} Upload sends a body, and brings the server's receipt */

const SIZE = 256 * MIB;
const SIZE_TO_WARM_UP = 16 * MIB;
const UPLOADS_TO_WARM_UP = WARM_BYTES / SIZE_TO_WARM_UP;

/** @type {Bench} */
export const bench = {
  title: '256 MiB over one connection, while a timer ticks every millisecond; tickhttp is polled as often',
  warmUp: `${UPLOADS_TO_WARM_UP} uploads of ${SIZE_TO_WARM_UP / MIB} MiB`,
  metrics: [
    { name: 'speed', label: 'GB/s', better: 'more' },
    { name: 'hold', label: 'longest hold, ms', better: 'less' },
  ],
  reference: 'tickhttp, copied',
  peers: {
    'tickhttp, copied': measured((origin) => tickhttp(origin, false)),
    'tickhttp, transferBody': measured((origin) => tickhttp(origin, true)),
    'undici Client': measured((origin) => undici(origin, (body) => body)),
    'undici Client, pieces of 1 MiB': measured((origin) =>
      undici(origin, (body) => Readable.from(pieces(body))),
    ),
    'node:http': measured(nodeHttp),
    fetch: measured(nodeFetch),
  },
};

/**
 * @param {(origin: string) => Upload} uploader
 * @returns {Peer}
 */
function measured(uploader) {
  return async ({ http }) => {
    const upload = uploader(http);
    for (let count = 0; count < UPLOADS_TO_WARM_UP; count++) {
      // A new one each time: it may be given away.
      expectReceipt(await upload(makeBody(SIZE_TO_WARM_UP)), SIZE_TO_WARM_UP);
    }
    let body = makeBody(SIZE);
    return async () => {
      // What was given away is made anew, and a connection that was closed since the last time opened again.
      if (body.length === 0) body = makeBody(SIZE);
      expectReceipt(await upload(makeBody(MIB)), MIB);
      let receipt = '';
      const { wall, hold } = await measureHold(async () => {
        receipt = await upload(body);
      });
      expectReceipt(receipt, SIZE);
      return { speed: SIZE / 1e6 / wall, hold };
    };
  };
}

/**
 * @param {string} origin
 * @param {boolean} transferBody
 * @returns {Upload}
 */
function tickhttp(origin, transferBody) {
  const http = connect(origin, { transferBody });
  http.blockingModeEnabled = false;
  return async (body) => {
    expectOk(http, http.requestRaw(Method.PUT, UPLOAD, [], body));
    while (http.getStatus() === Status.REQUESTING) {
      await sleep(TICK);
      expectOk(http, http.poll());
    }
    const receipt = Buffer.from(http.readResponseBodyChunk()).toString();
    expectStatus(http, Status.CONNECTED);
    return receipt;
  };
}

/**
 * @param {string} origin
 * @param {(body: Uint8Array) => Uint8Array | Readable} prepare
 * @returns {Upload}
 */
function undici(origin, prepare) {
  const client = new Client(origin);
  return async (body) => {
    const headers = { 'content-length': String(body.length) };
    const answer = await client.request({ method: 'PUT', path: UPLOAD, headers, body: prepare(body) });
    return answer.body.text();
  };
}

/** @param {Uint8Array} body */
async function* pieces(body) {
  for (let at = 0; at < body.length; at += MIB) yield body.subarray(at, at + MIB);
}

/**
 * @param {string} origin
 * @returns {Upload}
 */
function nodeHttp(origin) {
  return (body) =>
    new Promise((resolve, reject) => {
      const request = nodeRequest(origin + UPLOAD, { method: 'PUT' }, (response) => {
        text(response).then(resolve, reject);
      });
      request.on('error', reject);
      request.end(body);
    });
}

/**
 * @param {string} origin
 * @returns {Upload}
 */
function nodeFetch(origin) {
  return async (body) => (await fetch(origin + UPLOAD, { method: 'PUT', body })).text();
}
