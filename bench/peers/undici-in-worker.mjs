import { MessageChannel, Worker } from 'node:worker_threads';
import { wrap } from 'comlink';

/** @import { Remote } from 'comlink' */
/** @import { UndiciWorker } from './undici-worker.mjs' */

/**
 * The other thing that a program without tickhttp would do: undici in a worker, called through comlink, and bodies
 * whose memory is handed over.
 * @param {string} origin
 * @param {number} connections
 * @returns {Remote<UndiciWorker>}
 */
export function undiciInWorker(origin, connections) {
  const { port1, port2 } = new MessageChannel();
  const workerData = { origin, connections, port: port2 };
  new Worker(new URL('undici-worker.mjs', import.meta.url), { workerData, transferList: [port2] });
  return wrap(port1);
}
