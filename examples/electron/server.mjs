import { Worker } from 'node:worker_threads';

/** It runs in a thread, so that it responds while this one is blocked, with `?bytes` bytes. The page is of another origin. */
const SERVER = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const piece = Buffer.alloc(65536, 'tick');
createServer((request, response) => {
  let left = Number(new URL(request.url, 'http://localhost').searchParams.get('bytes'));
  response.setHeader('Content-Length', left);
  response.setHeader('Access-Control-Allow-Origin', '*');
  const write = () => {
    while (left > 0) {
      const part = piece.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) return response.once('drain', write);
    }
    response.end();
  };
  write();
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });
`;

/** @returns {Promise<{ port: number, close: () => void }>} */
export async function startServer() {
  const thread = new Worker(SERVER, { eval: true });
  const port = await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  return { port, close: () => void thread.terminate() };
}
