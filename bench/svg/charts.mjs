import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bars } from './bars.mjs';
import { histograms } from './histograms.mjs';

/** @import { Report } from '../support/types.mjs' */

/**
 * Writes `<bench>-<metric>.svg` for each metric and `<bench>-<distribution>.svg` for each distribution.
 * @param {Report} report
 * @param {string} folder
 */
export function drawCharts({ benches }, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, report] of Object.entries(benches)) {
    for (const metric of report.metrics) {
      writeFileSync(join(folder, `${name}-${metric.name}.svg`), bars(name, report, metric));
    }
    for (const distribution of report.distributions) {
      writeFileSync(join(folder, `${name}-${distribution.name}.svg`), histograms(name, report, distribution));
    }
  }
}
