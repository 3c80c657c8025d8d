import { parentPort } from 'node:worker_threads';

/** Is told URLs with an id each; tells the chunks of their bodies with that id, and then the id alone. */
parentPort?.on('message', async (/** @type {{ id: number, url: string }} */ { id, url }) => {
  const { body } = await fetch(url);
  for await (const chunk of body ?? []) parentPort?.postMessage({ id, chunk }, [chunk.buffer]);
  parentPort?.postMessage({ id });
});
