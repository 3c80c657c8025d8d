/** What a program without tickhttp would do by hand to keep the network off its thread: one worker for all downloads. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { proxy, wrap } from 'comlink';

/** @import { FrameClient } from '../support/frame-feed.mjs' */
/** @import { Api } from './frame-undici-worker.mjs' */

/**
 * Chunks come as messages whose memory is handed over. Nothing holds the worker back when this thread is slow.
 * @type {FrameClient}
 */
export function fetchInWorker(origin, feeds) {
  const worker = new Worker(new URL('frame-fetch-worker.mjs', import.meta.url));
  worker.on('message', ({ id, chunk }) => {
    const feed = feeds[id];
    if (chunk) feed?.body.take(chunk);
    else if (feed) {
      feed.next();
      worker.postMessage({ id, url: origin + feed.path });
    }
  });
  for (const [id, { path }] of feeds.entries()) worker.postMessage({ id, url: origin + path });
  return () => {};
}

/**
 * Each chunk is a call of a function of this thread, and the worker runs ahead of their ends by some.
 * @type {FrameClient}
 */
export function undiciInWorker(origin, feeds) {
  const { port1, port2 } = new MessageChannel();
  new Worker(new URL('frame-undici-worker.mjs', import.meta.url), {
    workerData: port2,
    transferList: [port2],
  });
  const api = /** @type {import('comlink').Remote<Api>} */ (wrap(port1));
  for (const feed of feeds) {
    const take = proxy((/** @type {Uint8Array} */ chunk) => feed.body.take(chunk));
    const repeat = async () => {
      for (;;) {
        await api.download(origin + feed.path, take);
        feed.next();
      }
    };
    repeat();
  }
  return () => {};
}
