/** @import { Bench } from '../support/types.mjs' */

/** MB/s of all downloads together; 0 is as fast as they go. */
const RATES = [50, 0];

/** What a run of everything has. */
export const frames = benchesOf([4]);

/** The rest, which takes twice as long. */
export const moreFrames = benchesOf([1, 16]);

/**
 * @param {readonly number[]} counts of downloads
 * @returns {Record<string, () => Promise<{ bench: Bench }>>}
 */
function benchesOf(counts) {
  const loads = counts.flatMap((downloads) => RATES.map((rate) => ({ downloads, rate })));
  return Object.fromEntries(
    loads.map((load) => [
      `frames-${load.downloads}-${load.rate > 0 ? `${load.rate}mb` : 'unlimited'}`,
      async () => ({ bench: (await import('../support/frames.mjs')).framesBench(load) }),
    ]),
  );
}
