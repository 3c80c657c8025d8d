import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { ErrorCode, HTTPClient, Status, WorkerPool } from 'tickhttp';
import { workers } from './workers-made.mjs';

// Connects again whenever it has failed, first with threads that cannot start, then with some that can.
const [mode, port, folder = ''] = process.argv.slice(2);
const blocking = mode === 'blocking';
const file = join(folder, 'index.cjs');
const good = readFileSync(file);
writeFileSync(file, `throw new Error('out of luck');`);

const http = new HTTPClient({ pool: new WorkerPool({ threads: 1 }) });
http.blockingModeEnabled = blocking;
let refused = null;
for (let failures = 0; failures < 1000; failures++)
  if ((await fails()) === ErrorCode.ERR_UNAVAILABLE) refused = http.getLastError();
const fewThreads = workers.length < 20;

writeFileSync(file, good);
const end = performance.now() + 12_000;
while (http.getStatus() !== Status.CONNECTED && performance.now() < end) await fails();
console.log(JSON.stringify({ refused, fewThreads, status: http.getStatus() }));
if (!fewThreads) console.error(workers.length);

/** One frame after the other, until there is a failure, or a connection. */
async function fails() {
  const error = http.connectToHost('127.0.0.1', Number(port));
  do {
    if (!blocking) await turn();
    http.poll();
  } while (http.getStatus() === Status.CONNECTING);
  return error;
}
