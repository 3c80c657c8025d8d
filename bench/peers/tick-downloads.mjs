import { Status } from 'tickhttp';
import { MIB } from '../support/body.mjs';
import { connect, expectOk, expectStatus, headArrived, startGet, turn } from './tick.mjs';

/** @import { HTTPClient } from 'tickhttp' */
/** @import { Downloader } from '../support/downloads.mjs' */

const CHUNK = 65_536;

/** What was the default before copies out of the ring were cheap. */
const SMALL = { bufferSize: MIB };

/** @type {Downloader} */
export function chunks(origin) {
  return blocking(connect(origin), CHUNK, (http) => http.readResponseBodyChunk());
}

/** @type {Downloader} */
export function into(origin) {
  return readingInto(connect(origin));
}

/** @type {Downloader} */
export function smallInto(origin) {
  return readingInto(connect(origin, SMALL));
}

/** @param {HTTPClient} http */
function readingInto(http) {
  const target = new Uint8Array(CHUNK);
  return blocking(http, CHUNK, () => target.subarray(0, http.readResponseBodyInto(target)));
}

/** @type {Downloader} */
export function borrowed(origin) {
  return blocking(connect(origin), CHUNK, (http) => http.borrowResponseBodyChunk());
}

/** @type {Downloader} */
export function largeBorrowed(origin) {
  return blocking(connect(origin), MIB, (http) => http.borrowResponseBodyChunk());
}

/**
 * Polled once a turn of the event loop.
 * @type {Downloader}
 */
export function polled(origin) {
  const http = connect(origin);
  http.blockingModeEnabled = false;
  return async (path, body) => {
    startGet(http, path);
    await headArrived(http);
    while (http.getStatus() === Status.BODY) {
      const chunk = http.borrowResponseBodyChunk();
      if (chunk.length > 0) body.take(chunk);
      else await turn();
    }
    expectStatus(http, Status.CONNECTED);
  };
}

/**
 * @param {HTTPClient} http
 * @param {number} chunkSize
 * @param {(http: HTTPClient) => Uint8Array} read
 * @returns {ReturnType<Downloader>}
 */
function blocking(http, chunkSize, read) {
  http.readChunkSize = chunkSize;
  return (path, body) => {
    startGet(http, path);
    expectOk(http, http.poll());
    while (http.getStatus() === Status.BODY) body.take(read(http));
    expectStatus(http, Status.CONNECTED);
  };
}
