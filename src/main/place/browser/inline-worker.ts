import { type StartingWorker, startText } from './worker-file.ts';
import { WORKER } from './worker-text.ts';

/** Starts the worker of `tickhttp/inline`, which needs no file. */
export function startOwn(): StartingWorker {
  return startText(WORKER);
}
