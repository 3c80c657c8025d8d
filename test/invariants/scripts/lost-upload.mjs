import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { sabotage } from './sabotage.mjs';

// Loses a worker that writes a body to a server that does not read it. Prints how that ended, and whether the server of
// the next bodies has got what was sent: their memory must not be that of the lost body.
const [deed = '', silentPort, port] = process.argv.slice(2);
const MEBIBYTE = 2 ** 20;

const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 1000 });
const http = new HTTPClient({ pool });
await connect(silentPort);
http.requestRaw(Method.PUT, '/', [], new Uint8Array(24 * MEBIBYTE));
while ((await pool.stats()).requests === 0) await turn();
sabotage(deed);
await until(() => http.getStatus() === Status.CONNECTION_ERROR);
/** @type {unknown[]} */
const results = [http.getLastError()?.request];
await connect(port);
for (let round = 1; round <= 3; round++) {
  http.requestRaw(Method.PUT, '/echo', [], new Uint8Array(2 * MEBIBYTE).fill(round));
  let right = 0;
  await until(() => {
    for (const byte of http.readResponseBodyChunk()) if (byte === round) right += 1;
    return http.getStatus() === Status.CONNECTED;
  });
  results.push(right / MEBIBYTE);
}
console.log(JSON.stringify(results));

/** @param {string | undefined} to */
async function connect(to) {
  http.connectToHost('127.0.0.1', Number(to));
  await until(() => http.getStatus() === Status.CONNECTED);
}

/** @param {() => boolean} done */
async function until(done) {
  while (!done()) {
    http.poll();
    await turn();
  }
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
