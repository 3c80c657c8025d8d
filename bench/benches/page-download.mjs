import { pagePeers, WARM_UP } from '../support/page.mjs';

/** @import { Bench } from '../support/types.mjs' */

/** @type {Bench} */
export const bench = {
  title: 'in Chromium: one download as fast as it goes, beside a loop at 60 Hz with 4 ms of work a frame',
  warmUp: WARM_UP,
  metrics: [
    { name: 'speed', label: 'MB/s', better: 'more' },
    { name: 'late', label: 'frames later than 4 ms, %', better: 'less' },
  ],
  reference: 'tickhttp, shared',
  peers: pagePeers({ downloads: 1, alone: false }, ({ late, speed }) => ({ speed, late: late * 100 })),
};
