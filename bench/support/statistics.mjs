/** @import { BenchReport, Metric, PeerReport } from './types.mjs' */

/** Where one bucket of a distribution ends and the next begins, in milliseconds; the last has no end. */
export const EDGES = [0.25, 0.5, 1, 2, 4, 8, 16, 33];

/**
 * Adds each value to its bucket.
 * @param {number[]} counts
 * @param {readonly number[]} values
 */
export function count(counts, values) {
  for (const value of values) {
    const bucket = EDGES.findIndex((edge) => value < edge);
    const index = bucket < 0 ? EDGES.length : bucket;
    counts[index] = (counts[index] ?? 0) + 1;
  }
}

/**
 * The value that `part` of all values are at most.
 * @param {Iterable<number>} values
 * @param {number} part
 */
export function quantile(values, part) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
}

/**
 * Fills in the summaries, once all rounds are over.
 * @param {BenchReport} report
 */
export function summarize({ metrics, peers, reference }) {
  for (const metric of metrics) {
    const compared = median(valuesOf(metric, reference === null ? undefined : peers[reference]));
    for (const [name, peer] of Object.entries(peers)) {
      const values = valuesOf(metric, peer);
      if (values.length === 0) continue;
      const ratio = name === reference ? null : timesBetter(metric, compared, median(values));
      peer.summary[metric.name] = {
        median: median(values),
        least: Math.min(...values),
        most: Math.max(...values),
        ratio,
      };
    }
  }
}

/**
 * How many times better the reference is; null where that says nothing.
 * @param {Metric} metric
 * @param {number} reference
 * @param {number} value
 */
function timesBetter({ better }, reference, value) {
  const ratio = better === 'less' ? value / reference : reference / value;
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}

/**
 * @param {Metric} metric
 * @param {PeerReport | undefined} peer
 */
function valuesOf({ name }, peer) {
  return (peer?.samples ?? []).map((sample) => sample[name]).filter((value) => typeof value === 'number');
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
