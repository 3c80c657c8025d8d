import { ErrorCode, HTTPRequest, Status, tick, WorkerPool } from 'tickhttp';
import { sabotage } from './sabotage.mjs';

// Loses a worker with whole requests that are not answered, half answered, and waiting; prints how each of them ended,
// how often its signal came, and whether the next requests work. How the program waits is its argument:
//   tick        tick() once a turn of the event loop
//   frames      tick() in a loop that never yields
//   completed   completed(), and nothing else
//   blocking    poll() in blocking mode; the event loop never turns
const [deed = '', mode = '', port] = process.argv.slice(2);
const nap = new Int32Array(new SharedArrayBuffer(4));
const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 1000, connectionsPerOrigin: 2 });

const signals = /** @type {number[]} */ ([]);
const requests = ['/hang', '/stream?lines=2', '/bytes/5', '/bytes/5'].map((path) => begin(path, pool));
const [asked, answered] = requests;
const end = performance.now() + 10_000;
while (
  asked?.getHttpClientStatus() !== Status.REQUESTING ||
  answered?.getHttpClientStatus() !== Status.BODY
) {
  if (performance.now() > end) throw new Error('the requests do not begin');
  Atomics.wait(nap, 0, 0, 1);
}

const closing = deed === 'close' ? pool.close() : sabotage(deed);
await allComplete(requests);
const lost = requests.map((http) => http?.getLastError());
const told = [...signals];

await closing;
const refused = deed === 'close' && begin('/bytes/5', pool) === null;
const next = new WorkerPool({ threads: 1 });
signals.length = 0;
const again = ['/bytes/5', '/bytes/5'].map((path) => begin(path, deed === 'close' ? next : pool));
await allComplete(again);
console.log(
  JSON.stringify({
    codes: lost.map((failure) => failure?.code),
    fates: lost.map((failure) => failure?.request),
    told,
    refused,
    again: again.map((http) => [http?.getLastError(), http?.getDownloadedBytes()]),
    results: signals,
  }),
);

/**
 * @param {string} path
 * @param {WorkerPool} where
 */
function begin(path, where) {
  const http = new HTTPRequest({ pool: where });
  http.requestCompleted.connect((result) => signals.push(result));
  if (http.request(`http://127.0.0.1:${port}${path}`) !== ErrorCode.OK) return null;
  http.blockingModeEnabled = mode === 'blocking';
  return http;
}

/** @param {readonly (HTTPRequest | null)[]} all */
async function allComplete(all) {
  const late = performance.now() + 20_000;
  for (const http of all) {
    if (mode === 'completed') await http?.completed();
    while (http?.isBusy()) {
      if (performance.now() > late) throw new Error(`status ${http.getHttpClientStatus()}`);
      if (mode === 'blocking') http.poll();
      else tick();
      if (mode === 'frames') Atomics.wait(nap, 0, 0, 1);
      else if (mode === 'tick') await new Promise((resolve) => setImmediate(resolve));
    }
    http?.poll();
  }
}
