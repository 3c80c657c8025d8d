import { BodyCheck, MIB, verify } from './body.mjs';
import { measure } from './stopwatch.mjs';

/** @import { Bench, Peer } from './types.mjs' */

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
 * @typedef {(origin: string) => Download} Downloader
 */

/** Of one round; five are more than a GiB. */
const SIZE = 256 * MIB;
const SIZE_TO_WARM_UP = 32 * MIB;

/**
 * The bench of one kind of body: all peers take it over one connection, and look at one byte in 4096.
 * @param {object} options
 * @param {string} options.title
 * @param {'http' | 'https'} options.scheme
 * @param {(size: number) => string} options.path
 * @param {Record<string, Downloader>} options.peers
 * @param {string} options.reference
 * @returns {Bench}
 */
export function downloadBench({ title, scheme, path, peers, reference }) {
  return {
    title: `${SIZE / MIB} MiB over one connection, ${title}`,
    metrics: [
      { name: 'speed', label: 'GB/s', better: 'more' },
      { name: 'cpu', label: 'main-thread CPU, ms/GB', better: 'less' },
    ],
    reference,
    peers: Object.fromEntries(
      Object.entries(peers).map(([name, downloader]) => [name, measured(downloader, scheme, path)]),
    ),
  };
}

/**
 * @param {Downloader} downloader
 * @param {'http' | 'https'} scheme
 * @param {(size: number) => string} path
 * @returns {Peer}
 */
function measured(downloader, scheme, path) {
  return async (server) => {
    const download = downloader(server[scheme]);
    const warmUp = new BodyCheck();
    await download(path(SIZE_TO_WARM_UP), warmUp);
    verify(warmUp, SIZE_TO_WARM_UP);
    const body = new BodyCheck();
    const { wall, cpu } = await measure(() => download(path(SIZE), body));
    verify(body, SIZE);
    return { speed: SIZE / 1e6 / wall, cpu: cpu / (SIZE / 1e9) };
  };
}
