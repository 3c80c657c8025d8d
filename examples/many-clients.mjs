/**
 * Many connections at once: each HTTPClient asks a server several times, and one loop polls them all. They spread over the
 * threads of a pool, which counts what they do.
 *
 *     node examples/many-clients.mjs <url> [clients] [requests of each]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';

const [url = '', clients = '20', requests = '5'] = process.argv.slice(2);
const { protocol, hostname, port, pathname, search } = new URL(url);

const pool = new WorkerPool({ threads: 2 });
const options = { pool, timeouts: { headers: 30_000, body: 30_000 } };
const players = Array.from({ length: Number(clients) }, () => {
  const http = new HTTPClient(options);
  http.connectToHost(`${protocol}//${hostname}`, port === '' ? -1 : Number(port));
  return { http, left: Number(requests), bytes: 0, code: 0 };
});

/** Once a frame: takes what has come, and asks again. False when nothing more will come. @param {typeof players[0]} player */
function step(player) {
  const { http } = player;
  http.poll();
  player.code = Math.max(player.code, http.getResponseCode()); // a 404 is an answer, and no failure of the connection
  if (http.getStatus() === Status.BODY) player.bytes += http.readResponseBodyChunk().length;
  if (http.getStatus() === Status.CONNECTED && player.left-- > 0)
    http.request(Method.GET, pathname + search, []);
  return !http.isFailed() && http.getStatus() !== Status.DISCONNECTED && player.left >= 0;
}

for (let busy = players; busy.length > 0; await sleep(1000 / 60)) busy = busy.filter(step);

const { connections, requests: sent, threads } = await pool.stats();
const perThread = threads.map((thread) => thread.connections).join(' + ');
console.log(`${sent} requests over ${connections} connections (${perThread})`);
console.log(`${players.reduce((sum, { bytes }) => sum + bytes, 0)} bytes of body`);
// One whose server wants no more requests ends in DISCONNECTED, and may have some left.
const failed = players.filter(({ http, left, code }) => http.isFailed() || left > 0 || code >= 400);
for (const { http, code } of failed)
  console.error(http.getLastError()?.message ?? `the last answer was a ${code}`);
process.exitCode = failed.length > 0 ? 1 : 0;
await pool.close();
