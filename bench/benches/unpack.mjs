import * as unpacking from '../peers/unpacking.mjs';
import { UNPACKED, WARM_UP } from '../support/amounts.mjs';
import { MIB, verify } from '../support/body.mjs';
import { JsonCheck } from '../support/packed.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { Downloader } from '../support/downloads.mjs' */
/** @import { Bench, Peer } from '../support/types.mjs' */

/** Some 13 000 pieces of 16 KiB, as Node's streams make them. The server packs the first, which takes seconds. */
const WARM_DOWNLOADS = 2;

/** @type {Bench} */
export const bench = {
  title: `${UNPACKED / MIB} MiB of JSON, in gzip, over one connection`,
  warmUp: `${WARM_DOWNLOADS} such downloads`,
  metrics: [
    { name: 'speed', label: 'MB/s, decompressed', better: 'more' },
    { name: 'cpu', label: 'main-thread CPU, ms/GB', better: 'less' },
  ],
  reference: 'decompress, blocking',
  peers: {
    'decompress, blocking': measured(unpacking.blocking),
    'decompress, polled at 60 Hz': measured(unpacking.polled),
    'createGunzip() by the caller': measured(unpacking.gunzip),
    'the same, chunkSize 256 KiB': measured(unpacking.gunzipLarge),
    'undici stream, createGunzip()': measured(unpacking.undiciGunzip),
    fetch: measured(unpacking.nodeFetch),
  },
};

/**
 * @param {Downloader} downloader
 * @returns {Peer}
 */
function measured(downloader) {
  return async ({ http }) => {
    const download = await downloader(http);
    const take = async (/** @type {number} */ size, /** @type {boolean} */ exact) => {
      const body = new JsonCheck({ exact });
      await download(`/packed/gzip/json/${size}`, body);
      verify(body, size);
    };
    await take(WARM_UP, true);
    for (let count = 0; count < WARM_DOWNLOADS; count++) await take(UNPACKED, false);
    return async () => {
      const { wall, cpu } = await measure(() => take(UNPACKED, false));
      return { speed: UNPACKED / 1e3 / wall, cpu: cpu / (UNPACKED / 1e9) };
    };
  };
}
