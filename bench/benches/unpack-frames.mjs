import { createGunzip } from 'node:zlib';
import { Method, Status } from 'tickhttp';
import { connect, expectOk } from '../peers/tick.mjs';
import { UNPACKED } from '../support/amounts.mjs';
import { MIB, verify } from '../support/body.mjs';
import { RENDERING, runFrames } from '../support/frame-loop.mjs';
import { JsonCheck } from '../support/packed.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { HTTPClient } from 'tickhttp' */
/** @import { FrameTimes } from '../support/frame-loop.mjs' */
/** @import { Bench, Peer } from '../support/types.mjs' */

const HERTZ = 60;
const PATH = `/packed/gzip/json/${UNPACKED}`;

/** Milliseconds of a frame that reading may take, as in the benches of frames. */
const READING = 2;

/** Seconds of a loop without a download, and that one with a download may take. The server packs the first one. */
const IDLE = 1;
const MOST = 20;
const MOST_FIRST = 120;

/** Some 13 000 pieces of 16 KiB, as Node's streams make them. */
const WARM_DOWNLOADS = 2;

/** @type {Bench} */
export const bench = {
  title:
    `how late frames of ${RENDERING} ms of work start at ${HERTZ} Hz, while ${UNPACKED / MIB} MiB of JSON ` +
    'come in gzip',
  warmUp: `${WARM_DOWNLOADS} such downloads`,
  metrics: [
    { name: 'p50', label: 'p50, ms', better: 'less' },
    { name: 'p99', label: 'p99, ms', better: 'less' },
    { name: 'worst', label: 'worst, ms', better: 'less' },
    { name: 'own', label: 'p99 but for queues, ms', better: 'less' },
    { name: 'speed', label: 'MB/s, decompressed', better: 'more' },
  ],
  distributions: [{ name: 'lateness', label: 'lateness', unit: 'ms' }],
  reference: 'decompress',
  peers: {
    'no network': () => async () => {
      globalThis.gc?.();
      return figures(await runFrames({ hertz: HERTZ, seconds: IDLE, frame: () => {} }), 0);
    },
    decompress: loaded(true, decompress),
    'createGunzip() by the caller': loaded(false, gunzip),
  },
};

/**
 * @param {boolean} unpacks
 * @param {(http: HTTPClient, body: JsonCheck) => () => unknown} start what a frame does for one body
 * @returns {Peer}
 */
function loaded(unpacks, start) {
  return async (server) => {
    const http = connect(server.http, { decompress: unpacks });
    http.blockingModeEnabled = false;
    http.readChunkSize = MIB / 4;
    const load = async (most = MOST) => {
      const body = new JsonCheck({ exact: false });
      expectOk(http, http.request(Method.GET, PATH, unpacks ? [] : ['Accept-Encoding: gzip']));
      const frame = start(http, body);
      const goesOn = () => body.received < UNPACKED;
      const times = await runFrames({ hertz: HERTZ, seconds: most, frame, goesOn });
      verify(body, UNPACKED);
      while (http.getStatus() !== Status.CONNECTED) await runFrames({ hertz: HERTZ, seconds: 0.1, frame });
      return figures(times, UNPACKED);
    };
    for (let count = 0; count < WARM_DOWNLOADS; count++) await load(MOST_FIRST);
    return () => load();
  };
}

/**
 * @param {HTTPClient} http
 * @param {JsonCheck} body
 */
function decompress(http, body) {
  return () => read(http, (chunk) => body.take(chunk));
}

/**
 * A frame writes no more than the stream wants.
 * @param {HTTPClient} http
 * @param {JsonCheck} body
 */
function gunzip(http, body) {
  const stream = createGunzip();
  stream.on('data', (chunk) => body.take(chunk));
  const write = (/** @type {Uint8Array} */ chunk) => stream.write(Buffer.from(chunk));
  return () => stream.writableNeedDrain || read(http, write);
}

/**
 * @param {HTTPClient} http
 * @param {(chunk: Uint8Array) => unknown} take
 */
function read(http, take) {
  const end = performance.now() + READING;
  expectOk(http, http.poll());
  while (http.getStatus() === Status.BODY && performance.now() < end) {
    const chunk = http.borrowResponseBodyChunk();
    if (chunk.length === 0 || take(chunk) === false) return;
  }
}

/**
 * @param {FrameTimes} times
 * @param {number} bytes
 */
function figures({ lateness, ownLateness, wall }, bytes) {
  return {
    p50: quantile(lateness, 0.5),
    p99: quantile(lateness, 0.99),
    worst: quantile(lateness, 1),
    own: quantile(ownLateness, 0.99),
    speed: bytes / 1e3 / wall,
    lateness: Array.from(lateness, (late) => Math.round(late * 1000) / 1000),
  };
}
