import { Method, Status } from 'tickhttp';
import { Client } from 'undici';
import { connect, expectOk, expectStatus } from '../peers/tick.mjs';
import { WARM_BYTES } from '../support/amounts.mjs';
import { expectReceipt, MIB, makeBody, UPLOAD } from '../support/body.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer, Server } from '../support/types.mjs' */

/** @typedef {() => string | Promise<string>} Rest waits, and brings the server's receipt */
/** @typedef {(body: Uint8Array) => Rest} Upload the call that starts an upload */

const SIZES = [1, 16, 128];

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
  const rest = upload(body);
  const call = performance.now() - start;
  const pending = rest();
  const receipt = typeof pending === 'string' ? pending : await pending;
  const wall = performance.now() - start;
  expectReceipt(receipt, body.length);
  return { wall, call };
}

/**
 * @param {Server} server
 * @returns {Upload}
 */
function tickhttp({ http: origin }) {
  const http = connect(origin);
  return (body) => {
    expectOk(http, http.requestRaw(Method.PUT, UPLOAD, [], body));
    return () => {
      expectOk(http, http.poll());
      const receipt = Buffer.from(http.readResponseBodyChunk()).toString();
      expectStatus(http, Status.CONNECTED);
      return receipt;
    };
  };
}

/**
 * @param {Server} server
 * @returns {Upload}
 */
function undici({ http: origin }) {
  const client = new Client(origin);
  return (body) => {
    const headers = { 'content-length': String(body.length) };
    const pending = client.request({ method: 'PUT', path: UPLOAD, headers, body });
    return async () => (await pending).body.text();
  };
}
