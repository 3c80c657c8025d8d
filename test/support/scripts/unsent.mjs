import { once } from 'node:events';
import { createServer } from 'node:net';
import { HTTPRequest, Method, WorkerPool } from 'tickhttp';
import { hold } from './held-worker.mjs';

// Idle connections end while the worker stands still, with a request behind that, so that it finds both at once. Prints
// how each request ended, and how often it came to the server.
const IDLE = 3;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const sockets = /** @type {import('node:net').Socket[]} */ ([]);
let asked = 0;
const server = createServer({ allowHalfOpen: true }, (socket) => {
  sockets.push(socket);
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (bytes) => {
    // A request may come in several pieces.
    text += bytes.toString('latin1');
    if (!text.endsWith('\r\n\r\nx')) return;
    text = '';
    asked += 1;
    // The first ones are answered together, so that each has a connection.
    if (asked === IDLE) for (const each of sockets) each.write(ANSWER);
    if (asked > IDLE) socket.write(ANSWER);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: IDLE });
const told = [];
for (let round = 0; round < 10; round++) {
  asked = 0;
  sockets.length = 0;
  await Promise.all(Array.from({ length: IDLE }, () => post().completed()));
  const resume = await hold();
  // Their FINs are there when the worker looks. It hears of the request in the same turn.
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.end(() => resolve(null)))));
  const last = post();
  resume();
  const { result, failure } = await last.completed();
  told.push([result, failure?.code ?? null, asked - IDLE]);
  for (const socket of sockets) socket.destroy();
  while ((await pool.stats()).connections > 0) await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify(told));
await pool.close();
server.close();

function post() {
  const http = new HTTPRequest({ pool });
  http.request(`http://127.0.0.1:${port}/`, [], Method.POST, 'x');
  return http;
}
