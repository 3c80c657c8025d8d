/**
 * Makes the figures and charts of the documents anew:
 *
 *     node bench/documents/main.mjs           of the saved run, docs/performance/run.json
 *     node bench/documents/main.mjs <file>    of a run that --json wrote down, which becomes the saved one
 */
import { readFileSync } from 'node:fs';
import { asSaved, readRun, saveRun } from './run.mjs';
import { writeDocuments } from './write.mjs';

const [file] = process.argv.slice(2);
if (file === undefined) {
  writeDocuments(readRun());
} else {
  /** @type {import('../support/types.mjs').Report} */
  const report = JSON.parse(readFileSync(file, 'utf8'));
  writeDocuments(asSaved(report));
  saveRun(report);
}
