import { HTTPRequest, tick, WorkerPool } from 'tickhttp';
import { ASSET } from '../support/amounts.mjs';
import { runFrames } from '../support/frame-loop.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { Bench, Peer } from '../support/types.mjs' */

/**
 * Makes requests again and again: `arrived` gets each body. Returns what a frame does first.
 * @typedef {(origin: string, arrived: (body: Uint8Array) => void) => () => void} Client
 */

const HERTZ = 60;
const SECONDS = 1;

/** Before it is measured. A response takes up to two frames, so that this is some 2000 requests. */
const WARM_SECONDS = 6;

/** Requests that are under way. */
const LANES = 8;

/** Of the body, whose last digits are when it was sent: see server.mjs. */
const DIGITS = 20;
const PATH = `/stamped/${ASSET}`;

/** @type {Bench} */
export const bench = {
  title: `from the last byte of a response until the program has it in a frame, at ${HERTZ} Hz`,
  warmUp: `${WARM_SECONDS} s of the same`,
  metrics: [
    { name: 'median', label: 'frames begun meanwhile: median', better: 'less' },
    { name: 'mean', label: 'mean', better: 'less' },
    { name: 'most', label: 'most', better: 'less' },
    { name: 'time', label: 'ms, median', better: 'less' },
  ],
  reference: 'HTTPRequest',
  peers: { HTTPRequest: measured(signalled), fetch: measured(nodeFetch) },
};

/**
 * The server takes the time right before it writes the answer, on the clock that all processes share. Each tick that
 * begins later counts, the one with the signal included: 1 is the least. So does one that begins while the bytes are
 * on their way through the system.
 * @param {Client} start
 * @returns {Peer}
 */
function measured(start) {
  return async ({ http }) => {
    /** @type {bigint[]} */
    const begun = [];
    /** @type {number[]} */
    const ticks = [];
    /** @type {number[]} */
    const times = [];
    const look = start(http, (body) => {
      const sent = BigInt(new TextDecoder().decode(body.subarray(-DIGITS)));
      ticks.push(begun.length - 1 - begun.findLastIndex((begin) => begin < sent));
      times.push(Number(process.hrtime.bigint() - sent) / 1e6);
    });
    const frame = () => {
      begun.push(process.hrtime.bigint());
      look();
    };
    await runFrames({ hertz: HERTZ, seconds: WARM_SECONDS, frame });
    return async () => {
      ticks.length = 0;
      times.length = 0;
      await runFrames({ hertz: HERTZ, seconds: SECONDS, frame });
      if (ticks.length === 0) throw new Error('no answer has come');
      return {
        median: quantile(ticks, 0.5),
        mean: ticks.reduce((sum, count) => sum + count, 0) / ticks.length,
        most: quantile(ticks, 1),
        time: quantile(times, 0.5),
      };
    };
  };
}

/** @type {Client} */
function signalled(origin, arrived) {
  const pool = new WorkerPool({ threads: 1, connectionsPerOrigin: LANES });
  for (let lane = 0; lane < LANES; lane++) {
    const request = new HTTPRequest({ pool });
    request.requestCompleted.connect((_result, _code, _headers, body) => {
      arrived(body);
      request.request(origin + PATH);
    });
    request.request(origin + PATH);
  }
  return tick;
}

/**
 * The next frame looks at what has come, and asks again.
 * @type {Client}
 */
function nodeFetch(origin, arrived) {
  /** @type {Uint8Array[]} */
  let come = [];
  const ask = async () => {
    const response = await fetch(origin + PATH);
    come.push(new Uint8Array(await response.arrayBuffer()));
  };
  for (let lane = 0; lane < LANES; lane++) ask();
  return () => {
    const bodies = come;
    come = [];
    for (const body of bodies) {
      arrived(body);
      ask();
    }
  };
}
