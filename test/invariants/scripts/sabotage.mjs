import threads, { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

// Loaded on the main thread and first in every worker: lets the main thread ruin the workers from inside.
const channel = new BroadcastChannel('sabotage');
channel.unref();

if (!isMainThread) {
  channel.onmessage = ({ data: { deed, thread } }) => {
    if (thread === undefined || thread === threadId) commit(deed);
  };
}

/** @param {unknown} deed */
function commit(deed) {
  if (deed === 'exit') process.exit(3);
  if (deed === 'throw') throw new Error('sabotaged');
  const hog = /** @type {unknown[]} */ ([]);
  for (;;) if (deed === 'heap') hog.push(new Array(100_000).fill(hog));
}

/** The workers made since this was loaded: Node's own event about them comes only when the event loop turns. */
export const workers = /** @type {threads.Worker[]} */ ([]);

if (isMainThread) {
  threads.Worker = class extends threads.Worker {
    /** @param {ConstructorParameters<typeof threads.Worker>} args */
    constructor(...args) {
      super(...args);
      workers.push(this);
    }
  };
}

/**
 * @param {string} deed
 * @param {number} [thread] All of them, unless told.
 */
export function sabotage(deed, thread) {
  if (deed === 'terminate') workers[0]?.terminate();
  else channel.postMessage({ deed, thread });
}
