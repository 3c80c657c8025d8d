import { type StartingWorker, startText } from './worker-file.ts';
import { WORKER } from './worker-text.ts';

/**
 * Starts the worker of `tickhttp/inline`, which needs no file. Its text is no module: a page of an opaque origin starts
 * no module from a `blob:` URL.
 */
export function startOwn(): StartingWorker {
  return startText(WORKER, 'classic');
}
