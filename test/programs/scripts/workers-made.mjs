import threads from 'node:worker_threads';

/** The worker threads that this thread has made since this was loaded. */
export const workers = /** @type {threads.Worker[]} */ ([]);

threads.Worker = class extends threads.Worker {
  /** @param {ConstructorParameters<typeof threads.Worker>} args */
  constructor(...args) {
    super(...args);
    workers.push(this);
  }
};
