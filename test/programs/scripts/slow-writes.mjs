import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

// Loaded on the main thread and first in every worker: there a write to a file waits until the main thread lets it.
const channel = new BroadcastChannel('slow-writes');
channel.unref();

if (!isMainThread) {
  const write = promisify(fs.write);
  let stuck = true;
  channel.onmessage = ({ data }) => {
    stuck = data;
  };
  /** @param {Parameters<typeof write>} args */
  const later = async (...args) => {
    while (stuck) await new Promise((resolve) => setTimeout(resolve, 5));
    return write(...args);
  };
  Reflect.set(
    fs,
    'write',
    Object.assign(() => {}, { [promisify.custom]: later }),
  );
  syncBuiltinESMExports();
}

/** At first no write goes. */
export function letWritesGo() {
  channel.postMessage(false);
}

export function stopWrites() {
  channel.postMessage(true);
}
