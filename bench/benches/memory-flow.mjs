import * as node from '../peers/node-downloads.mjs';
import * as tick from '../peers/tick-downloads.mjs';
import { FLOW, FLOW_BODY } from '../support/amounts.mjs';
import { BodyCheck, ExactCheck, MIB, verify } from '../support/body.mjs';

/** @import { Downloader } from '../support/downloads.mjs' */
/** @import { Bench, Peer } from '../support/types.mjs' */

/** Bytes between two looks at the memory: seen from the reader itself, for one that blocks has no timers. */
const STEP = 4 * MIB;

/** @type {Bench} */
export const bench = {
  title: `resident memory while ${FLOW / MIB / 1024} GiB pass over one connection, in bodies of ${FLOW_BODY / MIB} MiB`,
  warmUp: 'the first of them',
  metrics: [
    { name: 'growth', label: 'growth after the first body, MiB', better: 'less' },
    { name: 'most', label: 'most, MiB', better: 'less' },
  ],
  reference: 'tickhttp',
  peers: {
    tickhttp: measured(tick.into),
    'undici stream': measured(node.undiciStream),
    fetch: measured(node.nodeFetch),
  },
};

/**
 * @param {Downloader} downloader
 * @returns {Peer}
 */
function measured(downloader) {
  return async ({ fixed }) => {
    const download = await downloader(fixed.http);
    const path = `/bytes/${FLOW_BODY}`;
    const first = new ExactCheck();
    await download(path, first);
    verify(first, FLOW_BODY);
    const before = process.memoryUsage.rss();
    let most = before;
    for (let passed = FLOW_BODY; passed < FLOW; passed += FLOW_BODY) {
      const body = new WatchedBody();
      await download(path, body);
      verify(body, FLOW_BODY);
      most = Math.max(most, body.most);
    }
    return { growth: (most - before) / MIB, most: most / MIB };
  };
}

/** A body that notes the most memory the process had while it came. */
class WatchedBody extends BodyCheck {
  most = 0;
  #look = STEP;

  /**
   * @override
   * @param {Uint8Array} chunk
   */
  take(chunk) {
    super.take(chunk);
    if (this.received < this.#look) return;
    this.#look += STEP;
    this.most = Math.max(this.most, process.memoryUsage.rss());
  }
}
