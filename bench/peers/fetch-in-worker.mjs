import { Worker } from 'node:worker_threads';

/** @import { Delivery } from './fetch-worker.mjs' */

/**
 * What a program without tickhttp would do to keep the network off its thread: fetch in a worker, and bodies as
 * messages whose memory is handed over. Nothing holds the worker back when this thread is slow.
 */
export class FetchInWorker {
  #worker = new Worker(new URL('fetch-worker.mjs', import.meta.url));
  /** @type {Map<number, (bytes: Uint8Array | null) => void>} */
  #receivers = new Map();
  #orders = 0;

  constructor() {
    this.#worker.on('message', (/** @type {Delivery} */ { id, bytes }) => this.#receivers.get(id)?.(bytes));
  }

  /**
   * The whole body at once.
   * @param {string} url
   * @returns {Promise<Uint8Array>}
   */
  get(url) {
    return new Promise((resolve) => {
      const id = this.#order(url, false, (bytes) => {
        this.#receivers.delete(id);
        if (bytes) resolve(bytes);
      });
    });
  }

  /**
   * @param {string} url
   * @param {(chunk: Uint8Array) => void} take
   * @returns {Promise<void>}
   */
  stream(url, take) {
    return new Promise((resolve) => {
      const id = this.#order(url, true, (bytes) => {
        if (bytes) return take(bytes);
        this.#receivers.delete(id);
        resolve();
      });
    });
  }

  /**
   * @param {string} url
   * @param {boolean} streamed
   * @param {(bytes: Uint8Array | null) => void} receiver
   */
  #order(url, streamed, receiver) {
    const id = this.#orders++;
    this.#receivers.set(id, receiver);
    this.#worker.postMessage({ id, url, streamed });
    return id;
  }
}
