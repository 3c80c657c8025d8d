import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { resourcesLeft, workersLeft } from './left-behind.mjs';

// Closes a pool with clients in every lasting status; prints what they saw and what was left behind.
const [mode, port] = process.argv.slice(2);
const blocking = mode === 'blocking';
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
    workersLeft: workersLeft(),
    resources: await resourcesLeft(),
  }),
);
