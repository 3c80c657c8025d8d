import { once } from 'node:events';
import { createServer } from 'node:net';
import { HTTPRequest, WorkerPool } from 'tickhttp';
import { hold } from '../../support/scripts/held-worker.mjs';

// A server answers one request and sends a second reply behind that, of which nobody has asked for: with the answer, or while the
// connection is idle. All of it, and the next request for that connection, is there when the worker looks. Prints what that
// request got, and what each connection was asked for.
const [kind] = process.argv.slice(2);
// What is read at once ends in the middle of the answer, with it, or in the reply behind it.
const SIZES = [100, 1000, 16_383, 16_384, 16_385, 17_000, 32_768];
let size = 0;
const connections = /** @type {{ socket: import('node:net').Socket, asked: string[] }[]} */ ([]);
let heard = () => {};

const server = createServer((socket) => {
  const connection = { socket, asked: /** @type {string[]} */ ([]) };
  connections.push(connection);
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (bytes) => {
    // A request may come in several pieces.
    text += bytes.toString('latin1');
    if (!text.endsWith('\r\n\r\n')) return;
    const [, path = ''] = text.split(' ');
    text = '';
    connection.asked.push(path);
    if (path === '/first') heard();
    else socket.write(answer(path));
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });

const told = [];
for (size of SIZES) {
  connections.length = 0;
  const asked = new Promise((resolve) => {
    heard = () => resolve(null);
  });
  const first = request('/first');
  // It waits for the connection of the first one.
  let last = kind === 'queue' ? request('/second') : first;
  await asked;
  let resume;
  if (kind === 'idle') {
    await send(firstAnswer());
    await first.completed();
    resume = await hold();
    await send(answer('/unasked'));
    last = request('/second');
  } else {
    resume = await hold();
    await send(firstAnswer() + answer('/unasked'));
  }
  resume();
  const { body, failure } = await last.completed();
  told.push([
    size,
    failure?.code ?? new TextDecoder().decode(body),
    ...connections.map((each) => each.asked),
  ]);
  for (const { socket } of connections) socket.destroy();
  while ((await pool.stats()).connections > 0) await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify(told));
await pool.close();
server.close();

/** @param {string} path */
function request(path) {
  const http = new HTTPRequest({ pool });
  http.request(`http://127.0.0.1:${port}${path}`);
  return http;
}

/** @param {string} text */
function answer(text) {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

/** Of `size` bytes, with its head. */
function firstAnswer() {
  const start = kind === 'redirect' ? 'HTTP/1.1 302 Found\r\nLocation: /second\r\n' : 'HTTP/1.1 200 OK\r\n';
  const head = `${start}Content-Length: `;
  const length = size - head.length - 4;
  const digits = String(length - String(length).length);
  return `${head}${digits}\r\n\r\n${'x'.repeat(Number(digits))}`;
}

/**
 * Resolves when the system has all of it.
 * @param {string} text
 */
function send(text) {
  return new Promise((resolve) => connections[0]?.socket.write(text, resolve));
}
