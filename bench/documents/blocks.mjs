/**
 * The parts of a page that are made of the saved run stand between two comments:
 *
 *     <!-- bench: download speed cpu -->
 *     <!-- /bench -->
 *
 * The first word names a fragment, or a bench, which gets a table. The others are the metrics of that table, all if
 * there are none.
 */
import { demo, downloadExample, machine } from './fragments.mjs';
import { framesTable } from './frames-table.mjs';
import { summary } from './summary.mjs';
import { benchTable } from './tables.mjs';

/** @import { Report } from '../support/types.mjs' */

const BLOCK = /(<!-- bench: ([^>]+) -->\n).*?(<!-- \/bench -->)/gs;

/** @type {Readonly<Record<string, (run: Report) => string[]>>} */
const FRAGMENTS = { machine, summary, frames: framesTable, demo, 'asset-loader': downloadExample };

/**
 * The page with its parts as the run has them.
 * @param {string} page
 * @param {Report} run
 */
export function withBlocks(page, run) {
  return page.replace(BLOCK, (_all, begin, what, end) => {
    const [name = '', ...metrics] = what.trim().split(' ');
    const lines = FRAGMENTS[name]?.(run) ?? benchTable(run, name, metrics);
    return `${begin}${lines.join('\n')}\n${end}`;
  });
}

/**
 * The benches that a page names.
 * @param {string} page
 */
export function benchesOn(page) {
  const names = Array.from(page.matchAll(BLOCK), ([, , what = '']) => what.trim().split(' ')[0] ?? '');
  return names.filter((name) => !(name in FRAGMENTS));
}

/**
 * The page without these parts.
 * @param {string} page
 */
export function withoutBlocks(page) {
  return page.replace(BLOCK, '');
}
