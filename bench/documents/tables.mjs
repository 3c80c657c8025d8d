import { number } from '../table.mjs';

/** @import { BenchReport, Report } from '../support/types.mjs' */

const WIDTH = 120;

/**
 * What was measured, and a row for each peer.
 * @param {Report} run
 * @param {string} name
 * @param {readonly string[]} wanted the metrics; all without any
 */
export function benchTable(run, name, wanted) {
  const bench = benchOf(run, name);
  const metrics = wanted.length > 0 ? wanted : bench.metrics.map(({ name }) => name);
  const labels = metrics.map((metric) => {
    const label = bench.metrics.find(({ name }) => name === metric)?.label;
    if (label === undefined) throw new Error(`the bench ${name} has no metric "${metric}"`);
    return label;
  });
  const rows = Object.keys(bench.peers).map((peer) => [
    peer,
    ...metrics.map((metric) => figure(bench, peer, metric)),
  ]);
  return [...wrapped(caption(bench)), '', ...table(['', ...labels], rows)];
}

/**
 * @param {Report} run
 * @param {string} name
 */
export function benchOf({ benches }, name) {
  const bench = benches[name];
  if (!bench) throw new Error(`the saved run has no bench "${name}": npm run bench -- --docs`);
  return bench;
}

/** @param {BenchReport} bench */
function caption({ title, warmUp }) {
  const text = `${title.charAt(0).toUpperCase()}${title.slice(1)}. Warm-up: ${warmUp}.`;
  // A number of five digits reads better in two parts.
  return text.replace(/\b(\d{2,3})(\d{3})\b/g, '$1 $2');
}

/**
 * The median, in so many digits as a table of a bench shows; "-" where there is none.
 * @param {BenchReport} bench
 * @param {string} peer
 * @param {string} metric
 */
export function figure(bench, peer, metric) {
  const value = medianOf(bench, peer, metric);
  return value === undefined ? '-' : number(value);
}

/**
 * @param {BenchReport} bench
 * @param {string} peer
 * @param {string} metric
 */
export function medianOf({ peers }, peer, metric) {
  return peers[peer]?.summary[metric]?.median;
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

/**
 * @param {string} text
 * @returns {string[]}
 */
export function wrapped(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= WIDTH) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}
