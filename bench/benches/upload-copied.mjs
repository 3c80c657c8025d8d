import { Method, Status } from 'tickhttp';
import { Client } from 'undici';
import { connect, expectOk, expectStatus } from '../peers/tick.mjs';
import { WARM_BYTES } from '../support/amounts.mjs';
import { MIB, makeBody } from '../support/body.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer, Server } from '../support/types.mjs' */

/** @typedef {() => void} CallEnded tells that the call which starts an upload has returned */
/** @typedef {(body: Uint8Array, callEnded: CallEnded) => string | Promise<string>} Upload brings the server's receipt */

const SIZES = [1, 16, 128];
const PATH = '/upload';

/** @type {Bench} */
export const bench = {
  title:
    'uploads of a body that stays with the caller, one after the other over one connection; tickhttp blocks',
  warmUp: `${WARM_BYTES / MIB} MiB in such uploads`,
  metrics: [
    { name: 'speed', label: 'GB/s', better: 'more' },
    { name: 'call', label: 'the call alone, ms', better: 'less' },
    { name: 'copy', label: 'a plain copy, ms', better: 'less' },
  ],
  peers: Object.fromEntries(
    SIZES.flatMap((size) => [
      [`tickhttp, ${size} MiB`, measured(size * MIB, tickhttp)],
      [`undici Client, ${size} MiB`, measured(size * MIB, undici)],
    ]),
  ),
};

/**
 * @param {number} size
 * @param {(server: Server) => Upload} uploader
 * @returns {Peer}
 */
function measured(size, uploader) {
  return async (server) => {
    const upload = uploader(server);
    const body = makeBody(size);
    const touched = new Uint8Array(body);
    const count = Math.max(5, (WARM_BYTES / size) >> 1);
    const copies = Float64Array.from({ length: count }, () => {
      const start = performance.now();
      touched.set(body);
      return performance.now() - start;
    });
    for (let sent = 0; sent < WARM_BYTES; sent += size) await timed(upload, body);
    return async () => {
      const walls = new Float64Array(count);
      const calls = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        const { wall, call } = await timed(upload, body);
        walls[index] = wall;
        calls[index] = call;
      }
      return {
        speed: size / 1e6 / quantile(walls, 0.5),
        call: quantile(calls, 0.5),
        copy: quantile(copies, 0.5),
      };
    };
  };
}

/**
 * @param {Upload} upload
 * @param {Uint8Array} body
 */
async function timed(upload, body) {
  const start = performance.now();
  let ended = start;
  const pending = upload(body, () => {
    ended = performance.now();
  });
  const receipt = typeof pending === 'string' ? pending : await pending;
  const wall = performance.now() - start;
  if (receipt !== `${body.length} intact`) throw new Error(`the server says "${receipt}"`);
  return { wall, call: ended - start };
}

/**
 * @param {Server} server
 * @returns {Upload}
 */
function tickhttp({ http: origin }) {
  const http = connect(origin);
  return (body, callEnded) => {
    expectOk(http, http.requestRaw(Method.PUT, PATH, [], body));
    callEnded();
    expectOk(http, http.poll());
    const receipt = Buffer.from(http.readResponseBodyChunk()).toString();
    expectStatus(http, Status.CONNECTED);
    return receipt;
  };
}

/**
 * @param {Server} server
 * @returns {Upload}
 */
function undici({ http: origin }) {
  const client = new Client(origin);
  return async (body, callEnded) => {
    const headers = { 'content-length': String(body.length) };
    const pending = client.request({ method: 'PUT', path: PATH, headers, body });
    callEnded();
    return (await pending).body.text();
  };
}
