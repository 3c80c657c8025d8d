import { HTTPClient, Status } from 'tickhttp';
import { MIB } from '../support/body.mjs';
import { expectOk, startGet } from './tick.mjs';

/** @import { Feed, FrameClient } from '../support/frame-feed.mjs' */

/** Milliseconds of a frame that reading may take at the most, all downloads together, as docs/http-client.md has it. */
const READING = 2;

/**
 * Each frame begins with another download, so that none is always the one that the time is too short for.
 * @type {FrameClient}
 */
export function tickhttp(origin, feeds) {
  const ticks = feeds.map((feed) => download(origin, feed));
  let first = 0;
  return (spare) => {
    const deadline = performance.now() + Math.min(READING, spare / 2);
    first += 1;
    for (let index = 0; index < ticks.length; index++) ticks[(first + index) % ticks.length]?.(deadline);
  };
}

/**
 * @param {string} origin
 * @param {Feed} feed
 */
function download(origin, feed) {
  const http = new HTTPClient();
  const { hostname, port } = new URL(origin);
  let requested = false;
  http.readChunkSize = MIB;
  expectOk(http, http.connectToHost(hostname, Number(port)));
  return (/** @type {number} */ deadline) => {
    expectOk(http, http.poll());
    while (http.getStatus() === Status.BODY && performance.now() < deadline) {
      const chunk = http.borrowResponseBodyChunk();
      if (chunk.length === 0) break;
      feed.body.take(chunk);
    }
    if (http.getStatus() !== Status.CONNECTED) return;
    if (requested) feed.next();
    requested = true;
    startGet(http, feed.path);
  };
}
