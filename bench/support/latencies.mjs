import { Status } from 'tickhttp';
import { startGet } from '../peers/tick.mjs';
import { SMALL } from './amounts.mjs';

/** @import { HTTPClient } from 'tickhttp' */

const PATH = `/bytes/${SMALL}`;
const REQUESTS = 300;
const WARM_UP = 50;

/** Milliseconds between two looks, as in a loop that has other things to do. */
const PAUSE = 0.2;

/**
 * Makes small requests, one after the other, and looks at something else meanwhile.
 * @param {HTTPClient} http connected, not in blocking mode
 * @param {() => void} look
 * @param {() => void} [begin] called before the first one that counts
 */
export function latencies(http, look, begin = () => {}) {
  const buffer = new Uint8Array(SMALL);
  const times = [];
  for (let request = 0; request < WARM_UP + REQUESTS; request++) {
    if (request === WARM_UP) begin();
    const asked = performance.now();
    startGet(http, PATH);
    for (; http.getStatus() !== Status.CONNECTED; http.poll()) {
      if (http.getStatus() === Status.BODY) http.readResponseBodyInto(buffer);
      else doze();
      look();
    }
    if (request >= WARM_UP) times.push(performance.now() - asked);
  }
  return times;
}

const word = new Int32Array(new SharedArrayBuffer(4));

/** Between two looks. */
export function doze() {
  Atomics.wait(word, 0, 0, PAUSE);
}
