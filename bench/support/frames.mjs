import { WARM_BYTES } from './amounts.mjs';
import { MIB } from './body.mjs';
import { Feed } from './frame-feed.mjs';
import { RENDERING, runFrames } from './frame-loop.mjs';
import { quantile } from './statistics.mjs';

/** @import { Bench, Peer, Sample } from './types.mjs' */
/** @import { FrameClient, Source } from './frame-feed.mjs' */
/** @import { FrameTimes } from './frame-loop.mjs' */

/**
 * @typedef {object} FrameLoad
 * @property {number} downloads at once
 * @property {number} rate of all together, in MB/s, which the server keeps to; 0: as fast as it goes
 */

/** Of each download with a rate: all of them together, so that a body takes a third of a second however many. */
const PACED_SIZE = 16 * MIB;
const SIZE = 64 * MIB;

/** Of the loops that a run has one after the other, while the downloads go on; with the seconds that are measured. */
const FULL = process.env.TICKHTTP_BENCH_FULL === '1';
const LOOPS = [
  { hertz: 60, seconds: FULL ? 2 : 0.5 },
  { hertz: 144, seconds: FULL ? 2 : 0.35 },
];

/** Seconds of each loop that are not measured. */
const SETTLING = 0.15;

/**
 * Before that, as fast as it goes: bodies of some size, as many bytes of all downloads together, in turns of the loop
 * as short as these, and seconds after which a slow client has to do with what has come.
 */
const WARM_SIZE = 8 * MIB;
const WARM_HERTZ = 144;
const WARM_STEP = 0.1;
const WARM_LIMIT = 6;

/**
 * Clients are loaded by the process that runs them: none pays for the modules of another.
 * @type {Readonly<Record<string, () => Promise<FrameClient>>>}
 */
const CLIENTS = {
  tickhttp: async () => (await import('../peers/frame-tick.mjs')).tickhttp,
  'undici stream': async () => (await import('../peers/frame-node.mjs')).undici,
  fetch: async () => (await import('../peers/frame-node.mjs')).nodeFetch,
  'node:http': async () => (await import('../peers/frame-node.mjs')).nodeHttp,
  'fetch in a worker, postMessage': async () => (await import('../peers/frame-workers.mjs')).fetchInWorker,
  'undici in a worker, comlink': async () => (await import('../peers/frame-workers.mjs')).undiciInWorker,
};

/**
 * @param {FrameLoad} load
 * @returns {Bench}
 */
export function framesBench(load) {
  const { downloads, rate } = load;
  const speed = rate > 0 ? `at ${rate} MB/s together` : 'as fast as they go';
  const count = downloads === 1 ? 'one download' : `${downloads} downloads`;
  return {
    title: `how late frames of ${RENDERING} ms of work start, ${count} ${speed}`,
    warmUp: `${WARM_BYTES / MIB} MiB of downloads as fast as they go, at ${WARM_HERTZ} Hz, or ${WARM_LIMIT} s of them`,
    metrics: LOOPS.flatMap(({ hertz }) => [
      { name: `p50-${hertz}`, label: `${hertz} Hz: p50, ms`, better: 'less' },
      { name: `p99-${hertz}`, label: 'p99, ms', better: 'less' },
      { name: `worst-${hertz}`, label: 'worst, ms', better: 'less' },
      { name: `own-${hertz}`, label: 'p99 but for queues, ms', better: 'less' },
      { name: `cpu-${hertz}`, label: 'main-thread CPU, %', better: 'less' },
      { name: `speed-${hertz}`, label: 'MB/s', better: 'more' },
    ]),
    distributions: LOOPS.map(({ hertz }) => ({
      name: `lateness-${hertz}`,
      label: `${hertz} Hz: lateness`,
      unit: 'ms',
    })),
    reference: 'tickhttp',
    peers: {
      'no network': () => measure([], () => {}),
      ...Object.fromEntries(Object.entries(CLIENTS).map(([name, client]) => [name, loaded(client, load)])),
    },
  };
}

/**
 * @param {() => Promise<FrameClient>} load
 * @param {FrameLoad} what
 * @returns {Peer}
 */
function loaded(load, { downloads, rate }) {
  const size = rate > 0 ? PACED_SIZE / downloads : SIZE;
  const path = rate > 0 ? `/paced/${(rate * 1e6) / downloads}/${size}` : `/bytes/${size}`;
  return async ({ http }) => {
    const client = await load();
    const warm = { path: `/bytes/${WARM_SIZE}`, size: WARM_SIZE };
    const feeds = Array.from({ length: downloads }, () => new Feed(warm));
    const frame = client(http, feeds);
    await warmUp(feeds, frame, { path, size });
    const sample = await measure(feeds, frame);
    for (const feed of feeds) feed.check();
    if (feeds.some(({ received }) => received === 0)) throw new Error('a download brought nothing');
    return sample;
  };
}

/**
 * @param {readonly Feed[]} feeds
 * @param {(spare: number) => void} frame
 * @param {Source} then what they go on with
 */
async function warmUp(feeds, frame, then) {
  const limit = performance.now() + WARM_LIMIT * 1000;
  const step = () => runFrames({ hertz: WARM_HERTZ, seconds: WARM_STEP, frame });
  while (bytesOf(feeds) < WARM_BYTES && performance.now() < limit) await step();
  for (const feed of feeds) feed.continueWith(then);
  // The bodies under way are the last that come so fast.
  while (feeds.some(({ path }) => path !== then.path) && performance.now() < limit) await step();
}

/**
 * @param {readonly Feed[]} feeds
 * @param {(spare: number) => void} frame
 */
async function measure(feeds, frame) {
  /** @type {Sample} */
  const sample = {};
  for (const { hertz, seconds } of LOOPS) {
    await runFrames({ hertz, seconds: SETTLING, frame });
    globalThis.gc?.();
    const before = bytesOf(feeds);
    const times = await runFrames({ hertz, seconds, frame });
    Object.assign(sample, figures(hertz, times, bytesOf(feeds) - before));
  }
  return sample;
}

/** @param {readonly Feed[]} feeds */
function bytesOf(feeds) {
  return feeds.reduce((sum, { received }) => sum + received, 0);
}

/**
 * @param {number} hertz
 * @param {FrameTimes} times
 * @param {number} bytes
 * @returns {Sample}
 */
function figures(hertz, { lateness, ownLateness, wall, cpu }, bytes) {
  return {
    [`p50-${hertz}`]: quantile(lateness, 0.5),
    [`p99-${hertz}`]: quantile(lateness, 0.99),
    [`worst-${hertz}`]: quantile(lateness, 1),
    [`own-${hertz}`]: quantile(ownLateness, 0.99),
    [`cpu-${hertz}`]: (cpu / wall) * 100,
    [`speed-${hertz}`]: bytes / 1e3 / wall,
    [`lateness-${hertz}`]: Array.from(lateness, (late) => Math.round(late * 1000) / 1000),
  };
}
