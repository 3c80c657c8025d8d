import { Status } from 'tickhttp';
import { expectOk, startGet } from '../peers/tick.mjs';
import { SMALL } from './amounts.mjs';

/** @import { HTTPClient } from 'tickhttp' */

const PATH = `/bytes/${SMALL}`;
const REQUESTS = 300;
const POLLED_BEFORE = 300;

/** Milliseconds between two looks, as in a loop that has other things to do. */
const PAUSE = 0.2;

/**
 * Makes requests as fast as they go, for the code of both threads to be compiled.
 * @param {HTTPClient} http connected; not in blocking mode afterwards
 * @param {number} count
 */
export function warmUp(http, count) {
  http.blockingModeEnabled = true;
  for (let request = 0; request < count; request++) {
    startGet(http, PATH);
    expectOk(http, http.poll());
    http.readResponseBodyChunk();
  }
  http.blockingModeEnabled = false;
}

/**
 * Makes small requests, one after the other, and looks at something else meanwhile.
 * @param {HTTPClient} http connected, not in blocking mode
 * @param {() => void} look
 * @param {() => void} [begin] called before the first one that counts
 */
export function latencies(http, look, begin = () => {}) {
  const buffer = new Uint8Array(SMALL);
  const times = [];
  for (let request = 0; request < POLLED_BEFORE + REQUESTS; request++) {
    if (request === POLLED_BEFORE) begin();
    const asked = performance.now();
    startGet(http, PATH);
    for (; http.getStatus() !== Status.CONNECTED; http.poll()) {
      if (http.getStatus() === Status.BODY) http.readResponseBodyInto(buffer);
      else doze();
      look();
    }
    if (request >= POLLED_BEFORE) times.push(performance.now() - asked);
  }
  return times;
}

const word = new Int32Array(new SharedArrayBuffer(4));

/** Between two looks. */
export function doze() {
  Atomics.wait(word, 0, 0, PAUSE);
}
