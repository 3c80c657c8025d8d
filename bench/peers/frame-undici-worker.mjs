import { workerData } from 'node:worker_threads';
import { expose, releaseProxy, transfer } from 'comlink';
import { request } from 'undici';

/** @import { ProxyMarked, Remote } from 'comlink' */

/** @typedef {typeof api} Api */

/** Chunks of a download that may be on their way to the other thread. */
const AHEAD = 16;

const api = {
  /**
   * @param {string} url
   * @param {Remote<((chunk: Uint8Array) => void) & ProxyMarked>} take
   */
  async download(url, take) {
    const { body } = await request(url);
    const taken = [];
    for await (const chunk of body) {
      // undici may still be reading in the memory that this is a part of.
      const own = new Uint8Array(chunk);
      taken.push(take(transfer(own, [own.buffer])));
      if (taken.length === AHEAD) await taken.shift();
    }
    await Promise.all(taken);
    take[releaseProxy]();
  },
};

expose(api, workerData);
