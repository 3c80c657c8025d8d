import { pagePeers, WARM_UP } from '../support/page.mjs';

/** @import { Bench } from '../support/types.mjs' */

/** @type {Bench} */
export const bench = {
  title: 'in Chromium: how late frames of 4 ms of work begin at 60 Hz, 4 downloads as fast as they go',
  warmUp: WARM_UP,
  metrics: [
    { name: 'late', label: 'later than 4 ms, %', better: 'less' },
    { name: 'p99', label: 'p99, ms', better: 'less' },
    { name: 'worst', label: 'worst, ms', better: 'less' },
    { name: 'speed', label: 'MB/s', better: 'more' },
  ],
  reference: 'tickhttp, shared',
  peers: pagePeers({ downloads: 4, alone: true }, ({ late, p99, worst, speed }) => {
    return { late: late * 100, p99, worst, speed };
  }),
};
