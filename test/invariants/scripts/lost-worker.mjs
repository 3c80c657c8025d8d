import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { sabotage } from './sabotage.mjs';

// Loses a worker with clients in every lasting status; prints how each of them ended, what had become of its request, and
// whether it could go on. The last one asks when the worker is gone.
// In blocking mode the event loop never turns: nothing here awaits more than a value.
const [deed = '', mode, port] = process.argv.slice(2);
const blocking = mode === 'blocking';
const nap = new Int32Array(new SharedArrayBuffer(4));

const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 1000 });
const connected = await client('/bytes/5', Status.CONNECTED);
const waiting = await client('/hang', Status.REQUESTING);
const reading = await client('/stream?lines=2', Status.BODY);
const late = await client('/bytes/5', Status.CONNECTED);

sabotage(deed);

const results = [];
for (const http of [connected, waiting, reading, late]) {
  if (http === late) http.request(Method.GET, '/bytes/5', []);
  await until(http, () => http.getStatus() === Status.CONNECTION_ERROR);
  results.push(http.getLastError()?.code, http.getLastError()?.request);
}
for (const http of [connected, waiting, reading, late]) {
  http.connectToHost('127.0.0.1', Number(port));
  await until(http, () => http.getStatus() === Status.CONNECTED);
  http.request(Method.GET, '/bytes/5', []);
  let received = 0;
  await until(http, () => {
    received += http.readResponseBodyChunk().length;
    return http.getStatus() === Status.CONNECTED;
  });
  results.push(received);
}
console.log(JSON.stringify(results));

/**
 * @param {string} path
 * @param {Status} status
 */
async function client(path, status) {
  const http = new HTTPClient({ pool, timeouts: { blocking: 500 } });
  http.blockingModeEnabled = blocking;
  http.connectToHost('127.0.0.1', Number(port));
  await until(http, () => http.getStatus() === Status.CONNECTED);
  http.request(Method.GET, path, []);
  await until(http, () => {
    if (status !== Status.REQUESTING) http.readResponseBodyChunk();
    return http.getStatus() === status;
  });
  return http;
}

/**
 * @param {HTTPClient} http
 * @param {() => boolean} done
 */
async function until(http, done) {
  const end = performance.now() + 15_000;
  while (!done()) {
    http.poll();
    if (performance.now() > end)
      throw new Error(`status ${http.getStatus()}, ${http.getLastError()?.message}`);
    if (blocking) Atomics.wait(nap, 0, 0, 1);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}
