/** Downloads through what a program would write by hand to keep the network off its thread. */
import { proxy } from 'comlink';
import { FetchInWorker } from './fetch-in-worker.mjs';
import { undiciInWorker } from './undici-in-worker.mjs';

/** @import { Downloader } from '../support/downloads.mjs' */

/** @type {Downloader} */
export function fetchPosted(origin) {
  const worker = new FetchInWorker();
  return (path, body) => worker.stream(origin + path, (chunk) => body.take(chunk));
}

/** @type {Downloader} */
export function undiciComlink(origin) {
  const worker = undiciInWorker(origin, 1);
  return (path, body) =>
    worker.stream(
      path,
      proxy(async (chunk) => body.take(chunk)),
    );
}
