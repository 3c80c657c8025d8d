import { pbkdf2 } from 'node:crypto';
import { createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import { jsonBody } from '../support/packed.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Metric, Peer } from '../support/types.mjs' */
/** @typedef {(packed: Buffer) => number | Promise<number>} Unpack returns how many bytes it made */

/** KiB of JSON. gzip makes a fifth or a sixth of them. */
const SIZES = [4, 50, 200, 350];
const BODIES = 30;
const BODIES_BEFORE = 300;

/** Jobs that keep libuv's four threads busy, and iterations that take a few milliseconds each. */
const JOBS = 4;
const ITERATIONS = 4000;

/** As in src/worker/node/unpack/zlib.ts. */
const CHUNK = { chunkSize: 2 ** 18 };

/**
 * No client and no server: the two ways that a worker has. "Busy" is with four other jobs on libuv's threads. What is
 * unpacked at once holds the worker's thread for that long.
 * @type {Bench}
 */
export const bench = {
  title: `one body of JSON in gzip, decompressed at once or by a stream of zlib's; ${BODIES} of each size`,
  warmUp: `${BODIES_BEFORE} bodies of each size`,
  metrics: SIZES.flatMap(
    (size) =>
      /** @type {Metric[]} */ ([
        { name: `median-${size}`, label: `${size} KiB, ms: median`, better: 'less' },
        { name: `p90-${size}`, label: 'p90', better: 'less' },
      ]),
  ),
  reference: 'at once',
  peers: {
    'at once': measured(atOnce, false),
    'by a stream': measured(byStream, false),
    'at once, busy': measured(atOnce, true),
    'by a stream, busy': measured(byStream, true),
  },
};

/**
 * @param {Unpack} unpack
 * @param {boolean} busy
 * @returns {Peer}
 */
function measured(unpack, busy) {
  return async () => {
    const bodies = SIZES.map((size) => ({ size, packed: gzipSync(jsonBody(size * 1024)) }));
    for (const body of bodies) await times(unpack, body, BODIES_BEFORE);
    return async () => {
      const stop = busy ? keepBusy() : () => {};
      /** @type {Record<string, number>} */
      const sample = {};
      for (const body of bodies) {
        const all = await times(unpack, body, BODIES);
        sample[`median-${body.size}`] = quantile(all, 0.5);
        sample[`p90-${body.size}`] = quantile(all, 0.9);
      }
      stop();
      return sample;
    };
  };
}

/**
 * @param {Unpack} unpack
 * @param {{ size: number, packed: Buffer }} body
 * @param {number} count
 */
async function times(unpack, { size, packed }, count) {
  const all = [];
  for (let body = 0; body < count; body++) {
    const start = performance.now();
    const made = await unpack(packed);
    all.push(performance.now() - start);
    if (made !== size * 1024) throw new Error(`${made} bytes were made, not ${size * 1024}`);
  }
  return all;
}

/** @param {Buffer} packed */
function atOnce(packed) {
  return gunzipSync(packed, CHUNK).length;
}

/**
 * @param {Buffer} packed
 * @returns {Promise<number>}
 */
function byStream(packed) {
  return new Promise((resolve, reject) => {
    let made = 0;
    const stream = createGunzip(CHUNK);
    stream.on('data', ({ length }) => {
      made += length;
    });
    stream.on('end', () => resolve(made));
    stream.on('error', reject);
    stream.end(packed);
  });
}

/** What it returns ends the jobs. */
function keepBusy() {
  let stopped = false;
  const job = () => {
    if (!stopped) pbkdf2('password', 'salt', ITERATIONS, 64, 'sha512', job);
  };
  for (let count = 0; count < JOBS; count++) job();
  return () => {
    stopped = true;
  };
}
