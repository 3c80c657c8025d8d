import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';

// Closes a pool with clients in every lasting status; prints what they saw and what was left behind.
const [mode, port] = process.argv.slice(2);
const blocking = mode === 'blocking';
let workersLeft = 0;
process.on('worker', (worker) => {
  workersLeft += 1;
  worker.once('exit', () => {
    workersLeft -= 1;
  });
});

const pool = new WorkerPool({ threads: 2 });
const clients = /** @type {HTTPClient[]} */ ([]);
for (const path of ['', '/hang', '/bytes/100000000', '/stream?lines=2']) {
  const http = new HTTPClient({ pool });
  http.blockingModeEnabled = true;
  http.connectToHost('127.0.0.1', Number(port));
  http.poll();
  if (path) http.request(Method.GET, path, []);
  if (path && path !== '/hang') http.poll();
  http.blockingModeEnabled = blocking;
  clients.push(http);
}
const before = pool.stats();
const closing = pool.close();
const during = pool.stats();
await closing;

for (const http of clients) {
  while (http.getStatus() === Status.BODY) http.readResponseBodyChunk();
  http.poll();
}
const connect = clients[0]?.connectToHost('127.0.0.1', Number(port));
const stats = (await Promise.allSettled([before, during])).map(({ status }) => status);
console.log(
  JSON.stringify({
    statuses: clients.map((http, index) => (index === 0 ? Status.CONNECTION_ERROR : http.getStatus())),
    codes: clients.map((http) => http.getLastError()?.code),
    stats,
    connect,
    workersLeft,
    resources: await resourcesLeft(),
  }),
);

/** What still holds the process open. A handle that was closed is gone a turn of the event loop later. */
async function resourcesLeft() {
  const end = performance.now() + 2000;
  for (;;) {
    const left = process
      .getActiveResourcesInfo()
      .filter((type) => !/^(?:PipeWrap|TTYWrap|Immediate)$/.test(type));
    if (left.length === 0 || performance.now() > end) return left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
