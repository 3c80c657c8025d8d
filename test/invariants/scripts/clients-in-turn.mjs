import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';

// Makes `total` clients, `together` of them at a time, each for one body, and prints by how many bytes the process, and
// this thread's heap, have grown since the first tenth of them. `way`: "block", "poll" or "drop", which polls and disposes
// of none. In "block" the event loop does not turn.
const [port, total, together, way] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 1 });
const SIZE = 300_000;
const buffer = new Uint8Array(65_536);
const before = { rss: 0, heap: 0 };
let most = 0;

for (let made = 0; made < Number(total); made += Number(together)) {
  const clients = Array.from({ length: Number(together) }, () => new HTTPClient({ pool }));
  for (const http of clients) {
    http.blockingModeEnabled = way === 'block';
    http.connectToHost('127.0.0.1', Number(port));
  }
  if (way === 'block') for (const http of clients) block(http);
  else await Promise.all(clients.map(poll));
  for (const http of clients) if (way !== 'drop') http[Symbol.dispose]();
  const rss = process.memoryUsage.rss();
  if (made < Number(total) / 10) before.rss = Math.max(before.rss, rss);
  if (made <= Number(total) / 10 && made % 100 === 0) before.heap = heap();
  most = Math.max(most, rss);
}
console.log(JSON.stringify({ rss: most - before.rss, heap: heap() - before.heap }));
await pool.close();

function heap() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** @param {HTTPClient} http */
function block(http) {
  http.poll();
  http.request(Method.GET, `/bytes/${SIZE}`, []);
  http.poll();
  check(http, read(http));
}

/** @param {HTTPClient} http */
async function poll(http) {
  let count = 0;
  for (let asked = false; http.getStatus() !== Status.CONNECTED || !asked; ) {
    await new Promise(setImmediate);
    http.poll();
    if (http.getStatus() === Status.CONNECTED && !asked) {
      http.request(Method.GET, `/bytes/${SIZE}`, []);
      asked = true;
    }
    if (http.getStatus() === Status.BODY) count += read(http);
    if (http.getLastError()) break;
  }
  check(http, count);
}

/** @param {HTTPClient} http */
function read(http) {
  let count = 0;
  while (http.getStatus() === Status.BODY) {
    const some = http.readResponseBodyInto(buffer);
    if (some === 0) break;
    count += some;
  }
  return count;
}

/**
 * @param {HTTPClient} http
 * @param {number} count
 */
function check(http, count) {
  if (count !== SIZE) throw new Error(`${count} bytes, ${http.getLastError()?.message}`);
}
