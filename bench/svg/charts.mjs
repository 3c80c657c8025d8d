import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars } from './bars.mjs';
import { histograms } from './histograms.mjs';

/** @import { Report } from '../support/types.mjs' */

/**
 * `<bench>-<metric>.svg` for each metric and `<bench>-<distribution>.svg` for each distribution, by name.
 * @param {Report} report
 * @returns {Map<string, string>}
 */
export function charts({ benches }) {
  return new Map(
    Object.entries(benches).flatMap(([name, report]) => [
      ...report.metrics.map((metric) => chart(name, metric.name, bars(name, report, metric))),
      ...report.distributions.map((each) => chart(name, each.name, histograms(name, report, each))),
    ]),
  );
}

/**
 * @param {string} bench
 * @param {string} what
 * @param {string} svg
 * @returns {[string, string]}
 */
function chart(bench, what, svg) {
  return [`${bench}-${what}.svg`, svg];
}

/**
 * @param {Report} report
 * @param {string} folder
 */
export function drawCharts(report, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of charts(report)) writeFileSync(join(folder, name), svg);
}
