import { parentPort } from 'node:worker_threads';

/**
 * What it is asked for.
 * @typedef {{ id: number, url: string, streamed: boolean }} Order
 */

/**
 * What it tells: the whole body, or its chunks and then null.
 * @typedef {{ id: number, bytes: Uint8Array<ArrayBuffer> | null }} Delivery
 */

parentPort?.on('message', async (/** @type {Order} */ { id, url, streamed }) => {
  const response = await fetch(url);
  if (streamed) {
    for await (const chunk of response.body ?? []) deliver({ id, bytes: chunk });
    deliver({ id, bytes: null });
  } else {
    deliver({ id, bytes: new Uint8Array(await response.arrayBuffer()) });
  }
});

/** @param {Delivery} delivery */
function deliver(delivery) {
  parentPort?.postMessage(delivery, delivery.bytes ? [delivery.bytes.buffer] : []);
}
