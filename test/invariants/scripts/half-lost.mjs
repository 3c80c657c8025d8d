import { once } from 'node:events';
import { HTTPClient, Status, WorkerPool } from 'tickhttp';
import { sabotage, workers } from './sabotage.mjs';

// One of two threads is lost; clients that connect meanwhile and afterwards, and one on the other thread, are well.
const [deed = '', port] = process.argv.slice(2);
const pool = new WorkerPool({ threads: deed === 'stuck' ? 1 : 2, unresponsiveAfter: 1000 });
const connected = connect();
const other = connect();
await until([connected, other], Status.CONNECTED);
connected[Symbol.dispose]();

const clients = deed === 'stuck' ? [] : [other];
const [lost] = workers;
// Between a worker's error and its exit the event loop may turn.
lost?.once('error', () => clients.push(connect(), connect()));
sabotage(deed, lost?.threadId);
if (deed === 'stuck') {
  const late = connect();
  await until([late], Status.CONNECTION_ERROR);
  console.log(late.getLastError()?.code);
} else {
  while (workers.length < 3) await turn();
  // The replacement says that it is ready.
  if (workers[2]) await once(workers[2], 'message');
}
clients.push(connect(), connect());
await until(clients, Status.CONNECTED);
console.log('all connected', (await pool.stats()).threads.length > 0);
await pool.close();

function connect() {
  const http = new HTTPClient({ pool, bufferSize: 16_384, limits: { headSize: 1024 } });
  http.connectToHost('127.0.0.1', Number(port));
  return http;
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * @param {readonly HTTPClient[]} clients
 * @param {Status} status
 */
async function until(clients, status) {
  const end = performance.now() + 12_000;
  for (;;) {
    for (const http of clients) {
      http.poll();
      // A client that was given to the thread as it died may be told so, and starts again.
      const failed = http.getStatus() === Status.CONNECTION_ERROR && status === Status.CONNECTED;
      if (failed && http !== other) http.connectToHost('127.0.0.1', Number(port));
    }
    if (clients.every((http) => http.getStatus() === status)) return;
    if (performance.now() > end) throw new Error(JSON.stringify(clients.map((http) => http.getStatus())));
    await turn();
  }
}
