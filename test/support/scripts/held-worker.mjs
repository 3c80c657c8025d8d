import { BroadcastChannel, isMainThread } from 'node:worker_threads';

// Loaded on the main thread and first in every worker: lets the main thread stop the workers for a while.
const channel = new BroadcastChannel('held-worker');
channel.unref();

if (!isMainThread) {
  channel.onmessage = ({ data }) => {
    const state = new Int32Array(data);
    Atomics.store(state, 0, 1);
    Atomics.notify(state, 0);
    Atomics.wait(state, 0, 1);
  };
}

/** Resolves when the one worker there is stands still, with what lets it go on. */
export async function hold() {
  const state = new Int32Array(new SharedArrayBuffer(4));
  channel.postMessage(state.buffer);
  await Atomics.waitAsync(state, 0, 0).value;
  return () => {
    Atomics.store(state, 0, 2);
    Atomics.notify(state, 0);
  };
}
