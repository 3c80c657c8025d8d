/**
 * A server of 2000 assets that are made up, for those who have none: `manifest.json`, and the files that it names, with
 * ETag and Range. Each piece takes its time, as from a machine far away.
 *
 *     node examples/asset-loader/server.mjs
 *
 * Where another process has started it, it tells that one the URL of the manifest, and ends with it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { constants, setPriority } from 'node:os';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** The same each time, if it is free: what is left of a download is gone on with only from the same URL. */
const PORT = 28_060;

/** Bytes, and milliseconds that each of them takes. */
const PIECE = 65_536;
const DELAY = 10;

/** Bytes of the smallest asset, and of the large ones. */
const SMALL = 8192;
const LARGE = 2_097_152;

const assets = Array.from({ length: 2000 }, (_none, index) => ({
  name: `level-${1 + Math.floor(index / 250)}/asset-${String(index).padStart(4, '0')}.bin`,
  size: index % 100 === 50 ? LARGE : SMALL + ((index * 7919) % (PIECE - SMALL)),
}));
const indexes = new Map(assets.map(({ name }, index) => [`/${name}`, index]));

/** Asset n is what begins at byte n. */
const bytes = Buffer.alloc(LARGE + assets.length, 'what assets are made of, ');

const server = createServer((request, response) => {
  const index = indexes.get(request.url ?? '') ?? -1;
  const asset = assets[index];
  if (request.url === '/manifest.json') response.end(JSON.stringify(assets));
  else if (asset) sendAsset(request, response, bytes.subarray(index, index + asset.size), `"${index}"`);
  else response.writeHead(404).end();
});

/**
 * All of it, or from where `Range` says if that is about this version (RFC 9110 sections 13.1.5 and 14.2).
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer} body
 * @param {string} etag
 */
function sendAsset({ headers }, response, body, etag) {
  response.setHeader('ETag', etag);
  const asked = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  const from = headers['if-range'] === etag && asked !== undefined ? Number(asked) : null;
  if (from === null) response.writeHead(200, { 'Content-Length': body.length });
  else if (from < body.length)
    response.writeHead(206, {
      'Content-Length': body.length - from,
      'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}`,
    });
  else {
    response.writeHead(416, { 'Content-Range': `bytes */${body.length}` }).end();
    return;
  }
  // A download that is broken off is none of the server's business.
  pipeline(Readable.from(pieces(body.subarray(from ?? 0)), { objectMode: false }), response, () => {});
}

/** @param {Buffer} body */
async function* pieces(body) {
  for (let at = 0; at < body.length; at += PIECE) {
    await sleep(DELAY);
    yield body.subarray(at, at + PIECE);
  }
}

// It plays a machine far away, so it should not take the processor from the loop.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
if (process.send) {
  process.on('disconnect', () => process.exit());
  // Ctrl-C goes to every process of the terminal; the parent decides.
  process.on('SIGINT', () => {});
}
server.listen(PORT, '127.0.0.1');
// Another one runs already: any other port will do.
await once(server, 'listening').catch(() => once(server.listen(0, '127.0.0.1'), 'listening'));
const address = server.address();
const port = typeof address === 'object' ? address?.port : address;
const url = `http://127.0.0.1:${port}/manifest.json`;
if (process.send) process.send(url);
else console.log(url);
