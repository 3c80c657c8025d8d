import { inPage } from '../support/page.mjs';

/** @import { Bench } from '../support/types.mjs' */

/** As the page reports them. */
const CALLS = ['poll(), connected', 'poll(), body not read', 'tick(), a request waits'];

/** @type {Bench} */
export const bench = {
  title: 'in Chromium: a call when nothing has happened since the last; the best of 5 times 1 000 000, in ns',
  warmUp: 'the first of these',
  metrics: CALLS.map((name) => ({ name, label: name, better: 'less' })),
  peers: { shared: () => idle('isolated'), messages: () => idle('plain') },
};

/** @param {'isolated' | 'plain'} page */
async function idle(page) {
  const report = await inPage(page, { idle: true });
  return { ...report.idle };
}
