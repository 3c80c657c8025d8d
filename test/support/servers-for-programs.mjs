import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createPlainServer } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { Socks5Server } from '@pondwader/socks5-server';
import { Server as ProxyServer } from 'proxy-chain';
import { makeAuthority } from './certificates.mjs';

/** More than any buffer on the way. */
const BODY = randomBytes(12_000_000);

/** A size that fits no buffer. */
const CHUNK = 70_001;

/**
 * What the programs ask: a server, the same over TLS as `localhost` and at a unix socket, one whose certificate has
 * expired, and proxies. They live as long as this process.
 *
 * @param {string} folder
 */
export async function startServers(folder) {
  const authority = await makeAuthority();
  const socksServer = new Socks5Server();
  const unix = join(folder, 'server.sock');
  const { server: proxyServer } = new ProxyServer({ prepareRequestFunction: () => ({}) });
  const past = { notBefore: daysAgo(2), notAfter: daysAgo(1) };
  const [http, https, expired, proxy, socks] = await Promise.all([
    listen(echoing(createServer(answer)), { port: 0, host: '127.0.0.1' }),
    listen(createSecureServer(await authority.issue(), answer), { port: 0, host: '127.0.0.1' }),
    listen(createSecureServer(await authority.issue(past), answer), { port: 0, host: '127.0.0.1' }),
    listen(proxyServer, { port: 0, host: '127.0.0.1' }),
    listen(
      createPlainServer((socket) => void socksServer._handleConnection(socket)),
      { port: 0, host: '127.0.0.1' },
    ),
    listen(createServer(answer), { path: unix }),
  ]);
  const hash = createHash('sha256').update(BODY).digest('hex');
  return { http, https, expired, proxy, socks, unix, authority: authority.cert, hash, length: BODY.length };
}

/** @param {number} days */
function daysAgo(days) {
  return new Date(Date.now() - days * 24 * 60 * 60 * 1000);
}

/** @type {import('node:http').RequestListener} */
function answer(request, response) {
  if (request.url === '/silence') return;
  const [, coding = ''] = /^\/packed\/(\w+)$/.exec(request.url ?? '') ?? [];
  const pack = PACK[coding];
  if (pack) response.writeHead(200, { 'Content-Encoding': coding }).end(pack(BODY));
  else if (request.url === '/redirect') response.writeHead(302, { Location: '/body' }).end('gone');
  else if (request.url === '/part') answerPart(request, response);
  else answerWhole(request, response);
}

/** @type {Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>>} */
const PACK = { gzip: gzipSync, deflate: deflateSync, br: (bytes) => brotliCompressSync(bytes, QUICKLY) };
const QUICKLY = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/**
 * The first time half of the body, and then the connection is lost; what is asked for with a Range comes whole.
 *
 * @type {import('node:http').RequestListener}
 */
function answerPart(request, response) {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const ETag = '"body-1"';
  if (from) {
    const place = { 'Content-Range': `bytes ${from}-${BODY.length - 1}/${BODY.length}` };
    response.writeHead(206, { ETag, ...place }).end(BODY.subarray(Number(from)));
  } else {
    response.writeHead(200, { ETag, 'Content-Length': BODY.length });
    response.write(BODY.subarray(0, BODY.length / 2), () => response.destroy());
  }
}

/** @type {import('node:http').RequestListener} */
function answerWhole(request, response) {
  if (request.url === '/body') response.end(BODY);
  else if (request.url === '/chunked') {
    for (let at = 0; at < BODY.length; at += CHUNK) response.write(BODY.subarray(at, at + CHUNK));
    response.end();
  } else if (request.url === '/hash') {
    const hash = createHash('sha256');
    request.on('data', (chunk) => hash.update(chunk)).on('end', () => response.end(hash.digest('hex')));
  } else response.end('hello');
}

/** @param {import('node:http').Server} server */
function echoing(server) {
  return server.on('upgrade', (_request, socket, head) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.write(head);
    socket.pipe(socket);
  });
}

/**
 * @param {import('node:net').Server} server
 * @param {import('node:net').ListenOptions} where
 */
async function listen(server, where) {
  server.listen(where).unref();
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}
