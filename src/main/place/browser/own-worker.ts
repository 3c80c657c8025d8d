import { isElsewhere, type StartingWorker, startFile } from './worker-file.ts';

/** Starts the worker of the file beside this one. `tickhttp/inline` has inline-worker.ts instead. */
export function startOwn(): StartingWorker {
  const url = import.meta.url;
  // FILE and not the text itself: bundlers would take a second `new URL('./worker.js', ...)` for a second file.
  if (isElsewhere(url)) return startFile(new URL(FILE, url).href);
  // Bundlers know this expression, and bring the file along.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'tickhttp' });
  return { worker, source: 'its file', release() {} };
}

const FILE = './worker.js';
