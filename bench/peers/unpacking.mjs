/** Downloads that come in gzip and are unpacked. */
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { Method, Status } from 'tickhttp';
import { MIB } from '../support/body.mjs';
import { nodeFetch } from './node-downloads.mjs';
import { connect, expectOk, expectStatus, headArrived, startGet, turn } from './tick.mjs';

/** @import { HTTPClient } from 'tickhttp' */
/** @import { BodyCheck } from '../support/body.mjs' */
/** @import { Downloader } from '../support/downloads.mjs' */

const UNPACKING = { decompress: true };
const ASKING = ['Accept-Encoding: gzip'];

export { nodeFetch };

/**
 * Polled 60 times a second.
 * @type {Downloader}
 */
export function polled(origin) {
  const http = connect(origin, UNPACKING);
  http.blockingModeEnabled = false;
  http.readChunkSize = MIB;
  return async (path, body) => {
    startGet(http, path);
    await pump(http, frame, (chunk) => body.take(chunk));
  };
}

function frame() {
  return new Promise((resolve) => setTimeout(resolve, 1000 / 60));
}

/** @type {Downloader} */
export function blocking(origin) {
  const http = connect(origin, UNPACKING);
  http.readChunkSize = MIB;
  return (path, body) => {
    startGet(http, path);
    expectOk(http, http.poll());
    while (http.getStatus() === Status.BODY) body.take(http.borrowResponseBodyChunk());
    expectStatus(http, Status.CONNECTED);
  };
}

/**
 * What a program does without `decompress`.
 * @type {Downloader}
 */
export function gunzip(origin) {
  return gunzipping(origin);
}

/**
 * With pieces as large as tickhttp's: Node's own have 16 KiB.
 * @type {Downloader}
 */
export function gunzipLarge(origin) {
  return gunzipping(origin, { chunkSize: MIB / 4 });
}

/**
 * @param {string} origin
 * @param {import('node:zlib').ZlibOptions} [options]
 * @returns {ReturnType<Downloader>}
 */
function gunzipping(origin, options) {
  const http = connect(origin);
  http.blockingModeEnabled = false;
  return async (path, body) => {
    expectOk(http, http.request(Method.GET, path, ASKING));
    const stream = unpackingInto(body, options);
    const ended = once(stream, 'end');
    await pump(http, turn, async (chunk) => {
      // The memory is the ring's; the stream uses it later.
      if (!stream.write(Buffer.from(chunk))) await once(stream, 'drain');
    });
    stream.end();
    await ended;
  };
}

/**
 * @param {HTTPClient} http
 * @param {() => Promise<unknown>} pause when nothing is there
 * @param {(chunk: Uint8Array) => void | Promise<void>} take
 */
async function pump(http, pause, take) {
  await headArrived(http);
  while (http.getStatus() === Status.BODY) {
    const chunk = http.borrowResponseBodyChunk();
    if (chunk.length > 0) await take(chunk);
    else await pause();
  }
  expectStatus(http, Status.CONNECTED);
}

/** @type {Downloader} */
export async function undiciGunzip(origin) {
  const { Client } = await import('undici');
  const client = new Client(origin);
  return async (path, body) => {
    const stream = unpackingInto(body);
    const ended = once(stream, 'end');
    await client.stream({ method: 'GET', path, headers: { 'accept-encoding': 'gzip' } }, () => stream);
    await ended;
  };
}

/**
 * @param {BodyCheck} body
 * @param {import('node:zlib').ZlibOptions} [options]
 */
function unpackingInto(body, options) {
  return createGunzip(options).on('data', (chunk) => body.take(chunk));
}
