import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { PERIOD, patternOf } from './page/pattern.mjs';

/** @import { ServerResponse } from 'node:http' */

/** Bytes that are written at once: of a body as fast as it goes, and of one that is paced. */
const LARGE = PERIOD * 4096;
const SMALL = PERIOD * 256;

const block = patternOf(LARGE);

/** A length that no download reaches: without one the body would be chunked, which costs the server some work. */
const LENGTH = 2 ** 50;

/**
 * Sends the pattern until the peer has had enough.
 * @param {ServerResponse} response
 * @param {number} rate MB/s; 0: as fast as it goes
 */
export async function sendForever(response, rate) {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': LENGTH });
  const piece = rate === 0 ? block : block.subarray(0, SMALL);
  const start = performance.now();
  for (let sent = 0; !response.destroyed; sent += piece.length) {
    const ahead = rate === 0 ? 0 : sent / (rate * 1000) - (performance.now() - start);
    if (ahead > 0) await sleep(ahead);
    // A turn between two pieces: a peer that takes all at once must not keep the others waiting.
    else await setImmediate();
    await written(response, piece);
  }
}

/**
 * Settles when the system has taken the piece, or when nobody will.
 * @param {ServerResponse} response
 * @param {Uint8Array} piece
 */
function written(response, piece) {
  return new Promise((resolve) => {
    response.write(piece, resolve);
  });
}
