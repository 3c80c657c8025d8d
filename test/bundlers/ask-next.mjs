/**
 *     node ask-next.mjs <script of the server> [argument ...]
 *
 * Starts a server of Next's on a free port, asks for the route that runs the program, prints the line that the program
 * has printed there, and ends the server.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Milliseconds. */
const PATIENCE = 60_000;

const port = await freePort();
const env = { ...process.env, PORT: String(port), HOSTNAME: '127.0.0.1' };
const server = spawn(process.execPath, process.argv.slice(2), { env, stdio: ['ignore', 'pipe', 'inherit'] });
const timer = setTimeout(() => server.kill(), PATIENCE);
let output = '';
let asked = false;
for await (const text of server.stdout.setEncoding('utf8')) {
  output += text;
  if (!asked && output.includes('Ready')) {
    asked = true;
    const response = await fetch(`http://127.0.0.1:${port}/run`);
    assert.equal(response.status, 200, await response.text());
  }
  const [line] = /^\{"blocking".*\n/m.exec(output) ?? [];
  if (line === undefined) continue;
  process.stdout.write(line);
  server.kill();
  break;
}
clearTimeout(timer);

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  assert(address !== null && typeof address === 'object');
  return address.port;
}
