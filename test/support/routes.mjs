import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { createGzip, gzipSync } from 'node:zlib';
import { fillPattern, patternView } from './pattern.mjs';

/** @import { IncomingMessage, ServerResponse } from 'node:http' */
/** @import { Connection } from './connection.mjs' */
/** @import { ServerState } from './server-state.mjs' */

/**
 * @typedef {object} Exchange
 * @property {IncomingMessage} request
 * @property {ServerResponse} response
 * @property {string} argument what follows the route in the path
 * @property {URLSearchParams} query
 * @property {ServerState} state
 * @property {readonly string[]} flags
 */

/** @type {Record<string, (exchange: Exchange) => unknown>} */
const ROUTES = {
  bytes: sendBytes,
  chunked: sendChunked,
  close: sendUntilClose,
  slow: sendSlowly,
  gzip: sendGzip,
  zipped: sendZipped,
  echo,
  inspect,
  status: sendStatus,
  headers: sendHeaders,
  trailers: sendTrailers,
  stream: sendLines,
  next: ({ response, state, flags }) => {
    state.release(flags.indexOf('next'));
    sendText(response, 200, '');
  },
  redirect: sendRedirect,
  hang: () => {},
  count: ({ response, state }) => {
    const { connections, requests } = state.total;
    sendJSON(response, { connections, requests });
  },
};

/**
 * Node's own HTTP server behind a listener that is not its own: so none of its timeouts ever fires.
 * @param {readonly string[]} flags
 * @param {ServerState} state
 * @returns {(connection: Connection) => void}
 */
export function routesServer(flags, state) {
  /** @type {WeakMap<object, Connection>} */
  const connections = new WeakMap();
  const server = createServer({ maxHeaderSize: 1024 * 1024, keepAliveTimeout: 0 }, (request, response) => {
    const connection = connections.get(request.socket);
    connection?.requested();
    connection?.sample();
    response.once('finish', () => connection?.sample());
    void answer(request, response, flags, state);
  });
  server.on('clientError', (error, stream) => {
    connections.get(stream)?.fail(error);
    stream.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return (connection) => {
    connections.set(connection.stream, connection);
    for (const event of ['drain', 'close']) connection.stream.on(event, () => connection.sample());
    server.emit('connection', connection.stream);
  };
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {readonly string[]} flags
 * @param {ServerState} state
 */
async function answer(request, response, flags, state) {
  // As a proxy would be asked, with the whole address, or as a server is, with the path.
  const target = request.url ?? '/';
  if (!URL.canParse(target, 'http://localhost')) return sendText(response, 400, `no target ${target}\n`);
  const url = new URL(target, 'http://localhost');
  const [, name = '', argument = ''] = url.pathname.split('/');
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  try {
    if (!route) sendText(response, 404, `no route ${url.pathname}\n`);
    else await route({ request, response, argument, query: url.searchParams, state, flags });
  } catch {
    // The client left in the middle, which it may.
    response.destroy();
  }
}

/**
 * `/bytes/N`: N bytes of the pattern, with their length; or the range of them that is asked for. `?etag=TAG`: with that
 * ETag; `?stop=M`: of all of them only the first M come, and the connection stays open.
 * @param {Exchange} exchange
 */
async function sendBytes({ request, response, argument, query }) {
  const { range } = request.headers;
  const [etag, stop] = [query.get('etag'), query.get('stop')];
  if (etag !== null) response.setHeader('ETag', `"${etag}"`);
  if (range !== undefined) return sendRange(response, Number(argument), range);
  response.setHeader('Content-Length', argument);
  if (stop === null) return sendPattern(request, response, Number(argument), 256 * 1024);
  for await (const piece of pieces(Number(stop), 256 * 1024)) response.write(piece);
}

/**
 * `first-last`, `first-` or `-count`.
 * @param {ServerResponse} response
 * @param {number} length
 * @param {string} range
 */
function sendRange(response, length, range) {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const first = from === '' ? length - Number(to) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Number(to);
  const outside = first >= length;
  const bytes = fillPattern(Buffer.alloc(outside ? 0 : last - first + 1), first);
  const place = outside ? '*' : `${first}-${last}`;
  const fields = { 'Content-Range': `bytes ${place}/${length}`, 'Content-Length': bytes.length };
  response.writeHead(outside ? 416 : 206, fields).end(bytes);
}

/**
 * `/chunked/N?chunk=SIZE`: the same in chunks.
 * @param {Exchange} exchange
 */
function sendChunked({ request, response, argument, query }) {
  return sendPattern(request, response, Number(argument), Number(query.get('chunk') ?? 64 * 1024));
}

/**
 * `/redirect/CODE?to=LOCATION&to=ANOTHER&body=BYTES`
 * @param {Exchange} exchange
 */
function sendRedirect({ response, argument, query }) {
  response.writeHead(Number(argument), { Location: query.getAll('to') });
  response.end('x'.repeat(Number(query.get('body') ?? 0)));
}

/**
 * `/close/N`: the same, its end being the end of the connection.
 * @param {Exchange} exchange
 */
function sendUntilClose({ request, response, argument }) {
  response.setHeader('Connection', 'close');
  response.removeHeader('Transfer-Encoding');
  return sendPattern(request, response, Number(argument), 256 * 1024);
}

/**
 * `/slow/N?every=BYTES`: the same, that many bytes a turn of the server's loop.
 * @param {Exchange} exchange
 */
async function sendSlowly({ response, argument, query }) {
  const every = Number(query.get('every') ?? 1);
  response.setHeader('Content-Length', argument);
  response.flushHeaders();
  for await (const piece of pieces(Number(argument), every)) {
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(piece, resolve));
    await turn();
  }
  response.end();
}

/**
 * `/gzip/N`: the pattern in gzip, with its length.
 * @param {Exchange} exchange
 */
function sendGzip({ response, argument }) {
  const bytes = gzipSync(fillPattern(Buffer.alloc(Number(argument))));
  response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bytes.length }).end(bytes);
}

/**
 * `/zipped/N`: the same in chunks.
 * @param {Exchange} exchange
 */
function sendZipped({ response, argument }) {
  response.setHeader('Content-Encoding', 'gzip');
  return pipeline(pieces(Number(argument), 64 * 1024), createGzip(), response);
}

/**
 * `/echo`: the request's body as it comes.
 * @param {Exchange} exchange
 */
function echo({ request, response }) {
  const { 'content-length': length, 'content-type': type, 'transfer-encoding': encoding } = request.headers;
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (encoding === undefined) response.setHeader('Content-Length', length ?? '0');
  response.setHeader('X-Method', request.method ?? '');
  return pipeline(request, response);
}

/**
 * `/inspect`: what the server made of the request.
 * @param {Exchange} exchange
 */
async function inspect({ request, response }) {
  const hash = createHash('sha256');
  let bodyLength = 0;
  for await (const bytes of request) {
    hash.update(bytes);
    bodyLength += bytes.length;
  }
  const { method, url, rawHeaders, httpVersion, socket } = request;
  const protocol = socket instanceof TLSSocket ? socket.getProtocol() : null;
  const body = { bodyLength, bodySha256: hash.digest('hex') };
  sendJSON(response, { method, url, rawHeaders, httpVersion, protocol, ...body });
}

/**
 * `/status/CODE`; an informational one comes before a 200.
 * @param {Exchange} exchange
 */
function sendStatus({ response, argument }) {
  const code = Number(argument);
  if (code === 100) response.writeContinue();
  if (code === 102) response.writeProcessing();
  if (code === 103) response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
  if (code === 204 || code === 304) response.writeHead(code).end();
  else sendText(response, Math.max(code, 200), `status ${code}\n`);
}

/**
 * `/headers`: fields that are easy to get wrong.
 * @param {Exchange} exchange
 */
function sendHeaders({ response }) {
  const utf8 = Buffer.from('grüße, 世界').toString('latin1');
  const fields = [
    ['Set-Cookie', 'a=1; Path=/'],
    ['Set-Cookie', 'b=2; Expires=Wed, 09 Jun 2100 10:18:14 GMT'],
    ['X-Twice', 'one'],
    ['x-tWICE', 'two'],
    ['X-oDD-CasING', 'Kept'],
    ['X-Empty', ''],
    ['X-Colons', 'a: b: c'],
    ['X-UTF8', utf8],
    ['Content-Length', '0'],
  ];
  response.writeHead(200, fields.flat()).end();
}

/**
 * `/trailers`: `hello` in chunks, and two fields after it.
 * @param {Exchange} exchange
 */
function sendTrailers({ response }) {
  response.setHeader('Trailer', 'X-Checksum, X-Count');
  response.write('hel');
  response.addTrailers({ 'X-Checksum': 'abc123', 'X-Count': '5' });
  response.end('lo');
}

/**
 * `/stream?lines=N&size=BYTES`: a line at once; each of the others, and the end, after one more release of
 * `next`, not counting those before the request. A program releases it by `/next`.
 * @param {Exchange} exchange
 */
async function sendLines({ response, query, state, flags }) {
  const flag = flags.indexOf('next');
  const before = state.flags[flag] ?? 0;
  const lines = Number(query.get('lines') ?? 3);
  const size = Number(query.get('size') ?? 0);
  for (let line = 0; line < lines; line++) {
    response.write(`line ${line}\n`.padStart(size));
    await state.released(flag, before + line + 1);
  }
  response.end();
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {number} length
 * @param {number} size
 */
async function sendPattern(request, response, length, size) {
  if (request.method === 'HEAD') response.end();
  else await pipeline(pieces(length, size), response);
}

/**
 * @param {number} length
 * @param {number} size
 */
async function* pieces(length, size) {
  for (let offset = 0, turnAt = 0; offset < length; offset += size) {
    const wanted = Math.min(size, length - offset);
    const view = patternView(offset, wanted);
    yield view.length === wanted ? view : fillPattern(Buffer.alloc(wanted), offset);
    if (offset < turnAt) continue;
    // While the kernel takes everything at once, nothing else would make the loop turn.
    turnAt = offset + 1024 * 1024;
    await turn();
  }
}

/**
 * @param {ServerResponse} response
 * @param {unknown} value
 */
function sendJSON(response, value) {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

/**
 * @param {ServerResponse} response
 * @param {number} code
 * @param {string} text
 */
function sendText(response, code, text) {
  response.writeHead(code, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
