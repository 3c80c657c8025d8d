/**
 * The demo's server, in a process of its own: `GET /<n>` answers with a body of n bytes, over http and https.
 * Tells its parent where it listens, and ends with its parent, however that ends: the channel between them
 * closes.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { constants, setPriority } from 'node:os';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAuthority } from '../../test/support/certificates.mjs';
import { bodyBlock } from './body.mjs';

/** For each download: four of them fill a line of two gigabits a second. */
const BYTES_PER_MILLISECOND = 60_000;

/** Bytes. A body up to here takes the time that it is on its way, and none for the line. */
const SMALL = 65_536;

/** Milliseconds there and back. */
const DISTANCE = 20;

const block = bodyBlock();

process.on('disconnect', () => process.exit());
// Ctrl-C goes to every process of the terminal; the parent decides.
process.on('SIGINT', () => {});
// It plays a machine far away, so it should not take the processor from the loop that is measured.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const authority = await makeAuthority();
const { key, cert } = await authority.issue();
const http = await listen(createServer(answer));
const https = await listen(createSecureServer({ key, cert }, answer));
process.send?.({ http, https, ca: authority.cert });

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function answer(request, response) {
  const length = Number(request.url?.slice(1));
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': length });
  if (length <= SMALL) setTimeout(() => response.end(block.subarray(0, length)), DISTANCE);
  // A download that is broken off is none of the server's business.
  else pipeline(Readable.from(blocks(length), { objectMode: false }), response, () => {});
}

/** @param {number} length */
async function* blocks(length) {
  const start = performance.now();
  for (let sent = 0; sent < length; sent += block.length) {
    const ahead = sent / BYTES_PER_MILLISECOND - (performance.now() - start);
    if (ahead > 0) await sleep(ahead);
    yield block.subarray(0, length - sent);
  }
}

/**
 * @param {import('node:net').Server} server
 * @returns {Promise<string>} its origin, without the scheme
 */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return `127.0.0.1:${address.port}`;
}
