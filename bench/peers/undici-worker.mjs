import { workerData } from 'node:worker_threads';
import { expose, transfer } from 'comlink';
import { Pool } from 'undici';

/** Chunks that may be on their way to the other thread: enough to keep both at work, and a bound on memory. */
const AHEAD = 16;

const pool = new Pool(workerData.origin, { connections: workerData.connections });

/** What the other thread may call. */
const api = {
  /**
   * The whole body at once.
   * @param {string} path
   */
  async get(path) {
    const { body } = await pool.request({ method: 'GET', path });
    const bytes = await body.bytes();
    return transfer(bytes, [bytes.buffer]);
  },

  /**
   * Chunk by chunk; a slow taker holds the socket back.
   * @param {string} path
   * @param {(chunk: Uint8Array) => Promise<void>} take
   */
  async stream(path, take) {
    const { body } = await pool.request({ method: 'GET', path });
    /** @type {Promise<void>[]} */
    const ahead = [];
    for await (const chunk of body) {
      // Chunks share the memory of one read of the socket, so it cannot be handed over itself.
      const copy = new Uint8Array(chunk);
      ahead.push(take(transfer(copy, [copy.buffer])));
      if (ahead.length === AHEAD) await ahead.shift();
    }
    await Promise.all(ahead);
  },
};

/** @typedef {typeof api} UndiciWorker */

expose(api, workerData.port);
