import { tick } from 'tickhttp';
import { CONNECTIONS, signalled, undiciPool } from '../peers/assets.mjs';
import { ASSET, ASSETS, WARM_LOADS } from '../support/amounts.mjs';
import { BodyCheck, verify } from '../support/body.mjs';
import { RENDERING, runFrames } from '../support/frame-loop.mjs';
import { quantile } from '../support/statistics.mjs';

/** @import { AskerMaker } from '../peers/assets.mjs' */
/** @import { FrameTimes } from '../support/frame-loop.mjs' */
/** @import { Bench, Peer } from '../support/types.mjs' */

const HERTZ = 60;

/** That a run asks for all files, one time after the other. */
const LOADS = 3;

/** Of a loop without any: about as many frames as the others have. Those end when all files are there. */
const IDLE_SECONDS = 1.2;
const MOST_SECONDS = 10;

/** @type {Bench} */
export const bench = {
  title:
    `how late frames of ${RENDERING} ms of work start at ${HERTZ} Hz, while ${ASSETS} files of ` +
    `${ASSET / 1024} KiB come over ${CONNECTIONS} connections`,
  warmUp: `${WARM_LOADS} such loads`,
  metrics: [
    { name: 'p50', label: 'p50, ms', better: 'less' },
    { name: 'p99', label: 'p99, ms', better: 'less' },
    { name: 'worst', label: 'worst, ms', better: 'less' },
    { name: 'own', label: 'p99 but for queues, ms', better: 'less' },
    { name: 'rate', label: 'files a second', better: 'more' },
  ],
  distributions: [{ name: 'lateness', label: 'lateness', unit: 'ms' }],
  reference: 'HTTPRequest',
  peers: {
    'no network': () => async () => {
      globalThis.gc?.();
      return figures([await runFrames({ hertz: HERTZ, seconds: IDLE_SECONDS, frame: () => {} })], 0);
    },
    HTTPRequest: loaded(signalled, tick),
    'undici Pool': loaded(undiciPool, () => {}),
  },
};

/**
 * @param {AskerMaker} makeAsker
 * @param {() => void} frame
 * @returns {Peer}
 */
function loaded(makeAsker, frame) {
  return async ({ fixed }) => {
    const ask = await makeAsker(fixed.http);
    // The files are asked for before the first frame, as a game asks for a level.
    const load = async () => {
      let left = ASSETS;
      const asked = ask(ASSETS, (body) => {
        const check = new BodyCheck();
        check.take(body);
        verify(check, ASSET);
        left -= 1;
      });
      const goesOn = () => left > 0;
      const [times] = await Promise.all([
        runFrames({ hertz: HERTZ, seconds: MOST_SECONDS, frame, goesOn }),
        asked,
      ]);
      if (left > 0) throw new Error(`${left} files have not come in ${MOST_SECONDS} s`);
      return times;
    };
    for (let count = 0; count < WARM_LOADS; count++) await load();
    return async () => {
      const runs = [];
      for (let count = 0; count < LOADS; count++) runs.push(await load());
      return figures(runs, LOADS * ASSETS);
    };
  };
}

/**
 * @param {readonly FrameTimes[]} runs
 * @param {number} files
 */
function figures(runs, files) {
  const lateness = runs.flatMap((run) => [...run.lateness]);
  const own = runs.flatMap((run) => [...run.ownLateness]);
  const wall = runs.reduce((sum, run) => sum + run.wall, 0);
  return {
    p50: quantile(lateness, 0.5),
    p99: quantile(lateness, 0.99),
    worst: quantile(lateness, 1),
    own: quantile(own, 0.99),
    rate: (files / wall) * 1000,
    lateness: lateness.map((late) => Math.round(late * 1000) / 1000),
  };
}
