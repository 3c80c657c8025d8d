import threads, { isMainThread } from 'node:worker_threads';

// For `--import`: every worker thread loads WORKER_PRELOAD first. By itself it has none of the program's
// preloads.
const { WORKER_PRELOAD = '' } = process.env;

if (isMainThread && WORKER_PRELOAD !== '') {
  threads.Worker = class extends threads.Worker {
    /** @param {ConstructorParameters<typeof threads.Worker>} args */
    constructor(...[file, options]) {
      super(file, { ...options, execArgv: [...(options?.execArgv ?? []), '--import', WORKER_PRELOAD] });
    }
  };
}
