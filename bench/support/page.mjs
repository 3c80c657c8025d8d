import { openPlayground } from '../../playground/server.mjs';
import { openBareChromium } from '../../test/browser/support/bare-chromium.mjs';

/** @import { Plan, Report, Row, What } from '../../playground/page/types.mjs' */
/** @import { Sample } from './types.mjs' */

/** Seconds that count, and seconds before them in which the browser compiles, connects and touches memory. */
const SECONDS = process.env.TICKHTTP_BENCH_FULL === '1' ? 10 : 4;
const WARMING = 1;

export const WARM_UP = `${WARMING} s of the same`;

/** Milliseconds: a page that has not reported by then never will. */
const LIMIT = 45_000;

/** Which page of the playground, and who downloads there. */
const PEERS = /** @type {const} */ ({
  'tickhttp, shared': ['isolated', 'tickhttp'],
  'tickhttp, messages': ['plain', 'tickhttp'],
  'fetch on the page': ['isolated', 'fetch'],
  'no network': ['isolated', 'alone'],
});

/**
 * Runs with so many downloads, each in a Chromium of its own.
 * @param {{ downloads: number, alone: boolean }} what `alone`: whether a loop without downloads is measured too
 * @param {(row: Row) => Sample} figures
 */
export function pagePeers({ downloads, alone }, figures) {
  const peers = Object.entries(PEERS).filter(([, [, reader]]) => alone || reader !== 'alone');
  return Object.fromEntries(
    peers.map(([name, [page, reader]]) => [name, () => measure(page, { reader, downloads }, figures)]),
  );
}

/**
 * @param {'isolated' | 'plain'} page
 * @param {What} what
 * @param {(row: Row) => Sample} figures
 */
async function measure(page, what, figures) {
  const run = { ...what, draw: false };
  const { rows } = await inPage(page, {
    runs: [
      { ...run, seconds: WARMING },
      { ...run, seconds: SECONDS },
    ],
  });
  const row = rows.at(-1);
  if (!row || row.failure !== null) throw new Error(row?.failure ?? 'the page reported no run');
  return figures(row);
}

/**
 * Opens a page of the playground in a Chromium that nothing inspects, and waits for its report.
 * @param {'isolated' | 'plain'} page
 * @param {Plan} plan
 * @returns {Promise<Report>}
 */
export async function inPage(page, plan) {
  const playground = await openPlayground();
  const timer = new AbortController();
  const reported = playground.report();
  const url = `${playground[page]}?auto=${encodeURIComponent(JSON.stringify(plan))}`;
  const browser = await openBareChromium(url, ['--window-size=1280,800']);
  try {
    const report = await Promise.race([reported, tooLate(timer.signal)]);
    if (report.failure !== null) throw new Error(report.failure);
    return report;
  } finally {
    timer.abort();
    await browser.close();
    playground.close();
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
function tooLate(signal) {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`the page said nothing for ${LIMIT / 1000} s`)), LIMIT);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}
