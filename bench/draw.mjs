/**
 * Draws the charts of a run that was written down before:
 *
 *     node bench/draw.mjs <file of --json> <folder>
 */
import { readFileSync } from 'node:fs';
import { drawCharts } from './svg/charts.mjs';

const [file, folder] = process.argv.slice(2);
if (file === undefined || folder === undefined)
  throw new Error('node bench/draw.mjs <file of --json> <folder>');
drawCharts(JSON.parse(readFileSync(file, 'utf8')), folder);
