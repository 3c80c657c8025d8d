import { tick } from 'tickhttp';
import { awaited, CONNECTIONS, nodeFetch, signalled, undiciPool } from '../peers/assets.mjs';
import { turn } from '../peers/tick.mjs';
import { ASSET, ASSETS, WARM_LOADS } from '../support/amounts.mjs';
import { BodyCheck, ExactCheck, verify } from '../support/body.mjs';
import { measure } from '../support/stopwatch.mjs';

/** @import { AskerMaker } from '../peers/assets.mjs' */
/** @import { Bench, Peer } from '../support/types.mjs' */

/** @type {Bench} */
export const bench = {
  title: `${ASSETS} files of ${ASSET / 1024} KiB over ${CONNECTIONS} connections, all asked for at once`,
  warmUp: `${WARM_LOADS} such loads`,
  metrics: [
    { name: 'time', label: 'ms', better: 'less' },
    { name: 'cpu', label: 'main-thread CPU, us a file', better: 'less' },
  ],
  reference: 'undici Pool',
  peers: {
    'HTTPRequest, tick() a turn': loaded(signalled, turn),
    'HTTPRequest, tick() at 60 Hz': loaded(signalled, frame),
    'HTTPRequest, completed()': loaded(awaited),
    'undici Pool': loaded(undiciPool),
    fetch: loaded(nodeFetch),
  },
};

function frame() {
  return new Promise((resolve) => setTimeout(resolve, 1000 / 60));
}

/**
 * @param {AskerMaker} makeAsker
 * @param {() => Promise<unknown>} [pause] between two ticks, where it needs any
 * @returns {Peer}
 */
function loaded(makeAsker, pause) {
  return async ({ fixed }) => {
    const ask = await makeAsker(fixed.http);
    const load = async (/** @type {() => BodyCheck} */ makeCheck) => {
      let left = ASSETS;
      const asked = ask(ASSETS, (body) => {
        const check = makeCheck();
        check.take(body);
        verify(check, ASSET);
        left -= 1;
      });
      for (; pause && left > 0; await pause()) tick();
      await asked;
    };
    await load(() => new ExactCheck());
    for (let count = 1; count < WARM_LOADS; count++) await load(() => new BodyCheck());
    return async () => {
      const { wall, cpu } = await measure(() => load(() => new BodyCheck()));
      return { time: wall, cpu: (cpu / ASSETS) * 1000 };
    };
  };
}
