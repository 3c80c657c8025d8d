import { COLD_DOWNLOADS, DOWNLOAD, WARM_DOWNLOADS, WARM_UP } from './amounts.mjs';
import { BodyCheck, ExactCheck, MIB, verify } from './body.mjs';
import { measure } from './stopwatch.mjs';

/** @import { Bench, Metric, Peer, Server } from './types.mjs' */

/** @type {Metric[]} */
export const DOWNLOAD_METRICS = [
  { name: 'speed', label: 'GB/s', better: 'more' },
  { name: 'cpu', label: 'main-thread CPU, ms/GB', better: 'less' },
];

/**
 * Downloads a path once: every byte of the body has gone through `take` when it is done. Blocking ones return no
 * promise.
 * @callback Download
 * @param {string} path
 * @param {BodyCheck} body
 * @returns {void | Promise<void>}
 */

/**
 * Makes a download of an origin, whose connection is used for all that follow.
 * @typedef {(origin: string) => Download | Promise<Download>} Downloader
 */

/**
 * The bench of one kind of body: all peers take it over one connection. Every byte is compared before the timed
 * part, one in 4096 in it.
 * @param {object} options
 * @param {string} options.title
 * @param {(server: Server) => string} options.origin
 * @param {(size: number) => string} options.path
 * @param {Record<string, Downloader>} options.peers
 * @param {string} options.reference
 * @returns {Bench}
 */
export function downloadBench({ title, origin, path, peers, reference }) {
  return {
    title: `${DOWNLOAD / MIB} MiB over one connection, ${title}`,
    warmUp: `${WARM_DOWNLOADS} such downloads`,
    metrics: DOWNLOAD_METRICS,
    reference,
    peers: Object.fromEntries(
      Object.entries(peers).map(([name, downloader]) => [name, measured(downloader, origin, path)]),
    ),
  };
}

/**
 * @param {Downloader} downloader
 * @param {(server: Server) => string} origin
 * @param {(size: number) => string} path
 * @returns {Peer}
 */
function measured(downloader, origin, path) {
  return async (server) => {
    const download = await downloader(origin(server));
    await downloadExactly(download, path, WARM_UP);
    for (let count = 0; count < WARM_DOWNLOADS; count++) await download(path(DOWNLOAD), new BodyCheck());
    return async () => {
      // A connection that was closed since the last time is opened again before the clock runs.
      await downloadExactly(download, path, MIB);
      return measureOnce(download, path(DOWNLOAD));
    };
  };
}

/**
 * The first downloads of a process.
 * @param {Downloader} downloader
 * @returns {Peer}
 */
export function coldDownload(downloader) {
  return async ({ fixed }) => {
    const path = (/** @type {number} */ size) => `/bytes/${size}`;
    const download = await downloader(fixed.http);
    await downloadExactly(download, path, MIB);
    const sum = { speed: 0, cpu: 0 };
    for (let count = 0; count < COLD_DOWNLOADS; count++) {
      const { speed, cpu } = await measureOnce(download, path(DOWNLOAD));
      sum.speed += 1 / speed;
      sum.cpu += cpu;
    }
    return { speed: COLD_DOWNLOADS / sum.speed, cpu: sum.cpu / COLD_DOWNLOADS };
  };
}

/**
 * @param {Download} download
 * @param {string} path of DOWNLOAD bytes
 */
async function measureOnce(download, path) {
  const body = new BodyCheck();
  const { wall, cpu } = await measure(() => download(path, body));
  verify(body, DOWNLOAD);
  return { speed: DOWNLOAD / 1e6 / wall, cpu: cpu / (DOWNLOAD / 1e9) };
}

/**
 * @param {Download} download
 * @param {(size: number) => string} path
 * @param {number} size
 */
async function downloadExactly(download, path, size) {
  const body = new ExactCheck();
  await download(path(size), body);
  verify(body, size);
}
