import { number } from '../table.mjs';
import { COLORS, card, line, rectangle, text } from './elements.mjs';
import { titleLines } from './wrap.mjs';

/** @import { BenchReport, Metric, Summary } from '../support/types.mjs' */

const WIDTH = 820;
const MARGIN = 20;
const LABELS = 240;
const VALUES = 150;
const ROW = 30;
const BAR = 18;

/**
 * One metric of one bench: a bar for each peer's median, and a whisker from the least to the most.
 * @param {string} name
 * @param {BenchReport} report
 * @param {Metric} metric
 */
export function bars(name, report, metric) {
  const rows = Object.entries(report.peers).flatMap(([peer, { summary }]) => {
    const own = summary[metric.name];
    // Where nothing is compared all is tickhttp's.
    const ours = report.reference === null || peer.startsWith('tickhttp');
    return own ? [{ peer, ours, ...own }] : [];
  });
  const notes = [
    ...titleLines(`${report.title}. Warm-up: ${report.warmUp}`),
    `${metric.better === 'less' ? 'Less' : 'More'} is better. Bars are medians, lines go from the least to the most of the rounds.`,
  ];
  const top = 53 + 18 * notes.length + 4;
  const { end, broken } = scale(rows);
  const unit = (WIDTH - 2 * MARGIN - LABELS - VALUES) / end;
  return card({
    width: WIDTH,
    height: top + ROW * rows.length + 12,
    title: `${name}: ${metric.label}`,
    notes,
    body: rows.flatMap((row, index) => bar(row, { y: top + ROW * index, unit, end, broken })),
  });
}

/**
 * The value at which the space for bars ends. One peer that is far off, as curl is, must not make the others
 * invisible: its bar is broken then.
 * @param {readonly Summary[]} rows
 */
function scale(rows) {
  const [first = 1, second = first] = rows.map(({ median }) => median).toSorted((a, b) => b - a);
  const whiskers = Math.max(...rows.map(({ most }) => most));
  if (rows.length > 2 && first > 8 * second) return { end: second * 1.35, broken: true };
  return { end: Math.min(whiskers, first * 1.35) || 1, broken: false };
}

/**
 * @param {Summary & { peer: string, ours: boolean }} row
 * @param {{ y: number, unit: number, end: number, broken: boolean }} place
 */
function bar({ peer, ours, median, least, most }, { y, unit, end, broken }) {
  const left = MARGIN + LABELS;
  const right = left + end * unit;
  const middle = y + BAR / 2;
  const at = (/** @type {number} */ value) => left + Math.max(0, Math.min(value, end)) * unit;
  const box = { x: left, y, width: at(median) - left, height: BAR, rx: 2 };
  const base = y + BAR - 4.5;
  const range = `${number(least)} - ${number(most)}`;
  return [
    text(peer, { x: left - 10, y: base, anchor: 'end', bold: ours }),
    rectangle({ ...box, fill: ours ? COLORS.own : COLORS.other }),
    ...(broken && median > end ? breakMark(right, y) : whisker(at(least), at(most), middle, most <= end)),
    text(number(median), { x: right + 14, y: base, bold: ours }),
    text(range, { x: WIDTH - MARGIN, y: base, size: 11, fill: COLORS.quiet, anchor: 'end' }),
  ];
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} y
 * @param {boolean} whole its end is shown too
 */
function whisker(from, to, y, whole) {
  const stroke = COLORS.whisker;
  const ends = whole ? [from, to] : [from];
  return [
    line({ x1: from, y1: y, x2: to, y2: y, stroke }),
    ...ends.map((x) => line({ x1: x, y1: y - 4, x2: x, y2: y + 4, stroke })),
  ];
}

/**
 * @param {number} right
 * @param {number} y
 */
function breakMark(right, y) {
  return [28, 20].map((before) =>
    line({
      x1: right - before,
      y1: y + BAR + 2,
      x2: right - before + 8,
      y2: y - 2,
      stroke: COLORS.card,
      width: 3,
    }),
  );
}
