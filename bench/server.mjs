/**
 * The server of the benches, in a process of its own. As lean as it can be, for it shares the machine with what is
 * measured: it knows the few requests of the benches, and answers them from memory.
 *
 *     GET /bytes/<n>             n bytes with their length
 *     GET /chunked/<size>/<n>    n bytes in chunks of `size`; both divide, or are a multiple of, 1 MiB
 *     GET /dribble/<n>           n bytes with their length, each by itself
 *     GET /paced/<rate>/<n>      n bytes with their length, `rate` of them a second
 *     GET /stamped/<n>           n bytes with their length, after up to 33 ms; the last 20 are digits: process.hrtime.bigint(),
 *                                right before they are written
 *     GET /packed/<codings>/<what>/<n>
 *                                n bytes of JSON or zeros with a Content-Encoding, like gzip+br, which says gzip, br
 *     GET /hang                  nothing, ever
 *     PUT /upload                takes a body with Content-Length; the answer says how much came, and whether intact
 *
 *     node server.mjs auto       nginx serves /bytes too, where it is installed; "node" and "nginx" leave no choice
 *
 * Tells its parent where both listen, and ends with its parent; so does nginx.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';
import { makeAuthority } from '../test/support/certificates.mjs';
import { BODY_SIZES } from './support/amounts.mjs';
import { BodyCheck, block, MIB } from './support/body.mjs';
import { nginxVersion, startNginx } from './support/nginx.mjs';
import { pack } from './support/packed.mjs';
import { makeFolder } from './support/scratch.mjs';

/** @import { Server } from './support/types.mjs' */

/** Pieces of a body that wait in the socket, so that it never runs dry between two of them. */
const AHEAD = 4;

/** What a network card hands over at once when it is busy. Divides 1 MiB. */
const PACED_PIECE = 65_536;

/** Milliseconds, two frames: so that answers come at any moment of a frame. */
const STAMP_DELAY = 33;
const STAMP_DIGITS = 20;
const HEAD_END = '\r\n\r\n';

/** @type {() => unknown} */
let end = () => process.exit();
process.on('disconnect', () => end());
process.on('SIGTERM', () => end());
process.on('SIGHUP', () => end());
// Ctrl-C goes to every process of the terminal: the parent ends, and then this.
process.on('SIGINT', () => {});

const authority = await makeAuthority();
const { key, cert } = await authority.issue();
const folder = makeFolder(BODY_SIZES.reduce((sum, size) => sum + size, 0));
const certificate = join(folder, 'ca.pem');
writeFileSync(certificate, authority.cert);
const http = `http://${await listen(createServer({ noDelay: true }, serve))}`;
const https = `https://${await listen(createSecureServer({ key, cert, minVersion: 'TLSv1.3', noDelay: true }, serve))}`;
const { fixed, software } = await startFixed(process.argv[2]);
/** @type {Server} */
const server = { http, https, fixed, software, ca: authority.cert, certificate };
process.send?.(server);

/**
 * The server of fixed bodies.
 * @param {string | undefined} wanted
 */
async function startFixed(wanted) {
  const version = wanted === 'node' ? undefined : nginxVersion();
  if (version === undefined && wanted === 'nginx') throw new Error('there is no nginx on the PATH');
  if (version === undefined) return { fixed: { http, https }, software: 'node' };
  const { nginx, ...fixed } = await startNginx({ folder, sizes: BODY_SIZES, key, cert });
  end = () => nginx.kill();
  nginx.once('exit', () => process.exit());
  return { fixed, software: version };
}

/** @param {import('node:net').Server} server */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return `127.0.0.1:${address.port}`;
}

/** @param {import('node:net').Socket} socket */
function serve(socket) {
  /** The bytes of a head that is not complete yet. */
  let held = Buffer.alloc(0);
  let upload = { check: new BodyCheck(), left: 0 };
  // Clients are killed and close whenever they like.
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    let rest = held.length > 0 ? Buffer.concat([held, data]) : data;
    held = Buffer.alloc(0);
    while (rest.length > 0) {
      if (upload.left === 0) {
        const end = rest.indexOf(HEAD_END);
        if (end < 0) {
          held = rest;
          return;
        }
        const length = answer(socket, rest.toString('latin1', 0, end));
        upload = { check: new BodyCheck(), left: length };
        rest = rest.subarray(end + HEAD_END.length);
      } else {
        const part = rest.subarray(0, upload.left);
        upload.check.take(part);
        upload.left -= part.length;
        rest = rest.subarray(part.length);
        if (upload.left === 0) sendReceipt(socket, upload.check);
      }
    }
  });
}

/**
 * Answers, unless a body must come first; returns the length of that.
 * @param {import('node:net').Socket} socket
 * @param {string} head
 */
function answer(socket, head) {
  const [, path = '/'] = head.split(' ', 2);
  const [, kind, ...parts] = path.split('/');
  const [first = 0, second = 0] = parts.map(Number);
  if (kind === 'upload') return Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
  if (kind === 'bytes') sendBytes(socket, first);
  else if (kind === 'dribble') dribble(socket, first);
  else if (kind === 'chunked') sendChunked(socket, first, second);
  else if (kind === 'paced') sendPaced(socket, first, second);
  else if (kind === 'stamped') setTimeout(sendStamped, Math.random() * STAMP_DELAY, socket, first);
  else if (kind === 'packed') sendPacked(socket, path);
  else if (kind !== 'hang') socket.destroy();
  return 0;
}

/** @type {Map<string, Promise<Buffer>>} */
const packed = new Map();

/**
 * Packed once, which takes seconds if it is large.
 * @param {import('node:net').Socket} socket
 * @param {string} path
 */
async function sendPacked(socket, path) {
  const [, , codings = '', what = '', size] = path.split('/');
  const list = codings.split('+');
  const making = packed.get(path) ?? pack(list, what, Number(size));
  packed.set(path, making);
  const body = await making;
  const fields = `Content-Encoding: ${list.join(', ')}\r\nContent-Length: ${body.length}`;
  socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`), body]));
}

/** @type {Map<number, Buffer>} */
const small = new Map();

/**
 * @param {import('node:net').Socket} socket
 * @param {number} size
 */
function sendBytes(socket, size) {
  const head = headOf(size);
  if (size <= MIB) {
    const whole = small.get(size) ?? Buffer.concat([Buffer.from(head), block.subarray(0, size)]);
    small.set(size, whole);
    socket.write(whole);
  } else {
    socket.write(head);
    send(socket, block, size / MIB, '');
  }
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} size
 */
function dribble(socket, size) {
  socket.write(headOf(size));
  let sent = 0;
  const next = () => {
    socket.write(block.subarray(sent, sent + 1));
    sent += 1;
    if (sent < size) setImmediate(next);
  };
  next();
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} size
 */
function sendStamped(socket, size) {
  const padding = block.subarray(0, size - STAMP_DIGITS);
  const stamp = Buffer.from(String(process.hrtime.bigint()).padStart(STAMP_DIGITS, '0'));
  socket.write(Buffer.concat([Buffer.from(headOf(size)), padding, stamp]));
}

/** @param {number} size */
function headOf(size) {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`;
}

/**
 * Each piece when its last byte would have come over a line of that rate. A timer that is late is made up for.
 * @param {import('node:net').Socket} socket
 * @param {number} rate bytes a second
 * @param {number} size
 */
function sendPaced(socket, rate, size) {
  const start = performance.now();
  let sent = 0;
  const next = () => {
    const length = Math.min(PACED_PIECE, size - sent);
    setTimeout(send, start + ((sent + length) / rate) * 1000 - performance.now(), length);
  };
  const send = (/** @type {number} */ length) => {
    const at = sent % MIB;
    sent += length;
    socket.write(block.subarray(at, at + length), (error) => {
      if (!error && sent < size) next();
    });
  };
  socket.write(headOf(size));
  next();
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} chunk
 * @param {number} size
 */
function sendChunked(socket, chunk, size) {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  send(socket, chunkedBlock(chunk), size / MIB, '0\r\n\r\n');
}

/** @type {Map<number, Buffer>} */
const chunked = new Map();

/**
 * The block, framed.
 * @param {number} size
 */
function chunkedBlock(size) {
  const known = chunked.get(size);
  if (known) return known;
  const parts = [];
  for (let at = 0; at < MIB; at += size) {
    parts.push(Buffer.from(`${size.toString(16)}\r\n`), block.subarray(at, at + size), Buffer.from('\r\n'));
  }
  const whole = Buffer.concat(parts);
  chunked.set(size, whole);
  return whole;
}

/**
 * @param {import('node:net').Socket} socket
 * @param {Buffer} piece
 * @param {number} times
 * @param {string} tail
 */
function send(socket, piece, times, tail) {
  let left = times;
  const next = (/** @type {Error | null | undefined} */ error) => {
    if (error || left === 0) return;
    left -= 1;
    socket.write(piece, next);
    if (left === 0 && tail !== '') socket.write(tail);
  };
  for (let piece = 0; piece < AHEAD; piece++) next(null);
}

/**
 * @param {import('node:net').Socket} socket
 * @param {BodyCheck} check
 */
function sendReceipt(socket, { received, intact }) {
  const text = `${received} ${intact ? 'intact' : 'broken'}`;
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
}
