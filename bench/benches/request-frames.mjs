import { setTimeout as sleep } from 'node:timers/promises';
import { Status } from 'tickhttp';
import { nodeFetch, undiciClient } from '../peers/requests.mjs';
import { connect, startGet, turn } from '../peers/tick.mjs';
import { SMALL, WARM_REQUESTS } from '../support/amounts.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { GetMaker } from '../peers/requests.mjs' */
/** @import { Bench, Peer } from '../support/types.mjs' */

/** @typedef {() => boolean} Frame starts a request if the last one is over, and tells whether it was */

const HERTZ = 60;
const FRAMES = 120;

/**
 * What the loop itself costs is in each figure: the peer without requests shows it.
 * @type {Bench}
 */
export const bench = {
  title: `a loop at ${HERTZ} Hz that does nothing but start a GET of ${SMALL} bytes in each frame, and look for the last`,
  warmUp: `${WARM_REQUESTS} such requests, without the wait for a frame`,
  metrics: [
    { name: 'cpu', label: 'main-thread CPU, us a frame', better: 'less' },
    { name: 'rate', label: 'responses a frame', better: 'more' },
  ],
  reference: 'tickhttp, polled',
  peers: {
    'no requests': framed(nothing),
    'tickhttp, polled': framed(tickhttp),
    'undici Client': framed(promised(undiciClient)),
    fetch: framed(promised(nodeFetch)),
  },
};

/**
 * @param {(origin: string) => Frame | Promise<Frame>} makeFrame
 * @returns {Peer}
 */
function framed(makeFrame) {
  return async ({ fixed }) => {
    const frame = await makeFrame(fixed.http);
    for (let done = 0; done < WARM_REQUESTS; ) {
      if (frame()) done += 1;
      await turn();
    }
    return async () => {
      let responses = 0;
      const { cpu } = await measure(async () => {
        const start = performance.now();
        for (let index = 1; index <= FRAMES; index++) {
          if (frame()) responses += 1;
          await sleep(Math.max(0, start + (index * 1000) / HERTZ - performance.now()));
        }
      });
      return { cpu: (cpu / FRAMES) * 1000, rate: responses / FRAMES };
    };
  };
}

/**
 * As many frames as others do to warm up.
 * @returns {Frame}
 */
function nothing() {
  let left = WARM_REQUESTS;
  return () => {
    left -= 1;
    return left >= 0;
  };
}

/**
 * @param {string} origin
 * @returns {Frame}
 */
function tickhttp(origin) {
  const http = connect(origin);
  const buffer = new Uint8Array(SMALL);
  http.blockingModeEnabled = false;
  return () => {
    http.poll();
    if (http.getStatus() === Status.BODY) http.readResponseBodyInto(buffer);
    if (http.isFailed()) throw new Error(http.getLastError()?.message);
    const over = http.getStatus() === Status.CONNECTED;
    if (over) startGet(http, `/bytes/${SMALL}`);
    return over;
  };
}

/**
 * @param {GetMaker} makeGet
 * @returns {(origin: string) => Promise<Frame>}
 */
function promised(makeGet) {
  return async (origin) => {
    const get = await makeGet(origin);
    let over = true;
    const start = async () => {
      over = false;
      const { length } = await get();
      if (length !== SMALL) throw new Error(`${length} bytes came, not ${SMALL}`);
      over = true;
    };
    return () => {
      const wasOver = over;
      if (over) start();
      return wasOver;
    };
  };
}
