/** @import { BenchReport, Metric, PeerReport } from './support/types.mjs' */

/** A table that is wider goes on below, with the metrics that found no place. */
const WIDTH = 120;

export const LEGEND = [
  'Each figure is the median of the rounds (least - most). "* is" compares the medians of the line marked * and of',
  'the line it stands in: "2.0x better" says that * does twice as well, "2.0x worse" that it does half as well.',
].join('\n');

/**
 * One column of cells, all of one width.
 * @typedef {string[]} Column
 */

/**
 * @param {string} name
 * @param {BenchReport} report
 */
export function table(name, { title, warmUp, metrics, reference, seconds, peers }) {
  const rows = Object.entries(peers);
  const label = column(
    '',
    rows.map(([peer]) => `${peer === reference ? '* ' : '  '}${peer}`),
    'start',
  );
  const columns = metrics.map((metric) => metricColumn(metric, rows, reference));
  return [
    `${name}: ${title} (${seconds.toFixed(0)} s)`,
    `Warm-up: ${warmUp}.`,
    ...blocks(label, columns).flatMap(draw),
    ...rows.flatMap(([peer, { failures }]) => failures.map((failure) => `FAILED: ${peer}: ${failure}`)),
  ].join('\n');
}

/**
 * @param {Metric} metric
 * @param {readonly (readonly [string, PeerReport])[]} rows
 * @param {string | null} reference
 */
function metricColumn({ name, label }, rows, reference) {
  const summaries = rows.map(([, peer]) => peer.summary[name]);
  const values = column(
    label,
    summaries.map((each) =>
      each ? `${number(each.median)} (${number(each.least)} - ${number(each.most)})` : '-',
    ),
    'end',
  );
  if (reference === null) return values;
  const ratios = column(
    '* is',
    summaries.map((each) => compared(each?.ratio)),
    'end',
  );
  return values.map((value, row) => `${value}  ${ratios[row]}`);
}

/** @param {number | null | undefined} ratio */
function compared(ratio) {
  if (ratio === null || ratio === undefined) return '';
  const [times, word] = ratio >= 1 ? [ratio, 'better'] : [1 / ratio, 'worse'];
  const text = number(times);
  return text === '1.0' ? 'the same' : `${text}x ${word}`;
}

/**
 * @param {string} head
 * @param {readonly string[]} cells
 * @param {'start' | 'end'} side
 * @returns {Column}
 */
function column(head, cells, side) {
  const all = [head, ...cells];
  const width = Math.max(...all.map((cell) => cell.length));
  return all.map((cell) => (side === 'start' ? cell.padEnd(width) : cell.padStart(width)));
}

/**
 * The columns, as many side by side as fit; each block begins with the label.
 * @param {Column} label
 * @param {readonly Column[]} columns
 */
function blocks(label, columns) {
  /** @type {Column[]} */
  const made = [];
  for (const each of columns) {
    const last = made.at(-1);
    const joined = (last ?? label).map((line, row) => `${line}   ${each[row]}`);
    if (last && (joined[0] ?? '').length > WIDTH)
      made.push(label.map((line, row) => `${line}   ${each[row]}`));
    else made.splice(-1, 1, joined);
  }
  return made;
}

/** @param {Column} block */
function draw([head = '', ...lines]) {
  return ['─'.repeat(head.length), head, ...lines];
}

/** @param {number} value */
export function number(value) {
  return Math.abs(value) >= 99.5 ? value.toFixed(0) : value.toPrecision(2).replace(/^-?0\.0+$/, '0');
}
