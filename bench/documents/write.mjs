import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { charts } from '../svg/charts.mjs';
import { benchesOn, withBlocks } from './blocks.mjs';

/** @import { Report } from '../support/types.mjs' */

const ROOT = new URL('../../', import.meta.url);
export const CHARTS = new URL('docs/performance/', ROOT);

/** The pages that have parts of the run. */
export const PAGES = ['README.md', 'CHANGELOG.md', 'docs/performance.md'];

/** @param {string} name */
export function readPage(name) {
  return readFileSync(new URL(name, ROOT), 'utf8');
}

/** The benches whose tables the pages show. */
export function shownBenches() {
  return PAGES.flatMap((name) => benchesOn(readPage(name)));
}

/**
 * The charts that the pages show, by file name, as the run has them.
 * @param {Report} run
 */
export function shownCharts(run) {
  const drawn = charts(run);
  const names = PAGES.flatMap((page) =>
    Array.from(readPage(page).matchAll(/performance\/([\w-]+\.svg)/g), ([, name = '']) => name),
  );
  return new Map(
    names.map((name) => {
      const chart = drawn.get(name);
      if (chart === undefined) throw new Error(`a page shows ${name}, which no bench of the run draws`);
      return [name, chart];
    }),
  );
}

/**
 * Makes the parts of the pages, and the charts, of a run.
 * @param {Report} run
 */
export function writeDocuments(run) {
  const pages = PAGES.map((name) => ({ name, text: withBlocks(readPage(name), run) }));
  const shown = shownCharts(run);
  for (const { name, text } of pages) writeFileSync(new URL(name, ROOT), text);
  for (const name of chartFiles()) if (!shown.has(name)) unlinkSync(new URL(name, CHARTS));
  for (const [name, chart] of shown) writeFileSync(new URL(name, CHARTS), chart);
}

export function chartFiles() {
  return readdirSync(CHARTS).filter((name) => name.endsWith('.svg'));
}
