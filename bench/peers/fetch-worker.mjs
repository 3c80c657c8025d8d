import { parentPort } from 'node:worker_threads';

/** Is told a URL, tells the chunks of its body and then null. */
parentPort?.on('message', async (/** @type {string} */ url) => {
  const { body } = await fetch(url);
  for await (const chunk of body ?? []) parentPort?.postMessage(chunk, [chunk.buffer]);
  parentPort?.postMessage(null);
});
