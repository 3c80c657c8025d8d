/** @import { Bench, BenchResult, Metric, PeerResult } from './support/types.mjs' */

const RANGE = 27;
const RATIO = 8;

/**
 * @param {string} name
 * @param {Bench} bench
 * @param {BenchResult} result
 */
export function table(name, bench, result) {
  const { metrics, reference } = bench;
  const label = Math.max(...Object.keys(result).map((peer) => peer.length)) + 2;
  const compared = reference === undefined ? undefined : result[reference];
  const head = metrics.map(
    (metric) => metric.label.padStart(RANGE) + (reference === undefined ? '' : 'x'.padStart(RATIO)),
  );
  return [
    `${name}: ${bench.title}`,
    '─'.repeat(label + head.join('').length),
    ''.padEnd(label) + head.join(''),
    ...Object.entries(result).map(
      ([peer, own]) => peer.padEnd(label) + metrics.map((metric) => cells(metric, own, compared)).join(''),
    ),
    ...Object.entries(result).flatMap(([peer, { failures }]) =>
      failures.map((failure) => `FAILED: ${peer}: ${failure}`),
    ),
  ].join('\n');
}

/**
 * @param {Metric} metric
 * @param {PeerResult} own
 * @param {PeerResult | undefined} compared
 */
function cells(metric, own, compared) {
  const values = valuesOf(metric, own);
  const range = `(${number(Math.min(...values))} - ${number(Math.max(...values))})`;
  const value = values.length > 0 ? `${number(median(values))} ${range}` : '-';
  if (compared === undefined) return value.padStart(RANGE);
  const ratio = median(values) / median(valuesOf(metric, compared));
  const better = metric.better === 'less' ? ratio : 1 / ratio;
  return (
    value.padStart(RANGE) + (own === compared || Number.isNaN(better) ? '' : number(better)).padStart(RATIO)
  );
}

/**
 * @param {Metric} metric
 * @param {PeerResult} peer
 */
function valuesOf({ name }, { samples }) {
  return samples.map((sample) => sample[name]).filter((value) => typeof value === 'number');
}

/**
 * NaN for none.
 * @param {readonly number[]} values
 */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** @param {number} value */
function number(value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(2).replace(/^-?0\.0+$/, '0');
}
