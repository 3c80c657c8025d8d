import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { isMainThread } from 'node:worker_threads';

// Loaded first in every worker: a file that was opened there is told a moment later.
const { open } = fs;

if (!isMainThread) {
  const promised = promisify(open);
  /** @param {Parameters<typeof promised>} args */
  const late = async (...args) => {
    const fd = await promised(...args);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return fd;
  };
  Reflect.set(
    fs,
    'open',
    Object.assign(() => {}, { [promisify.custom]: late }),
  );
  syncBuiltinESMExports();
}
