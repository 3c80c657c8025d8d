import { EDGES } from '../support/statistics.mjs';
import { COLORS, card, line, rectangle, text } from './elements.mjs';
import { titleLines } from './wrap.mjs';

/** @import { BenchReport, Distribution } from '../support/types.mjs' */

const MARGIN = 20;
const COLUMNS = 2;
const PANEL = { width: 390, height: 170 };
const PLOT = { left: 40, top: 28, height: 100 };

/** "< 0.25", "0.25-0.5", ... "> 33" */
const BUCKETS = [
  `< ${EDGES[0]}`,
  ...EDGES.slice(1).map((edge, index) => `${EDGES[index]}-${edge}`),
  `> ${EDGES.at(-1)}`,
];

/**
 * One distribution of one bench: a small histogram for each peer, all on the same scale.
 * @param {string} name
 * @param {BenchReport} report
 * @param {Distribution} distribution
 */
export function histograms(name, { title, warmUp, peers }, { name: key, label, unit }) {
  const panels = Object.entries(peers).map(([peer, report]) => ({
    peer,
    shares: shares(report.histograms[key]),
  }));
  const notes = [
    ...titleLines(`${title}. Warm-up: ${warmUp}`),
    `Across: ${label}, ${unit}. Up: share of all that were measured in all rounds.`,
  ];
  const top = 53 + 18 * notes.length;
  return card({
    width: 2 * MARGIN + COLUMNS * PANEL.width,
    height: top + Math.ceil(panels.length / COLUMNS) * PANEL.height + 6,
    title: `${name}: ${label}`,
    notes,
    body: panels.flatMap(({ peer, shares }, index) =>
      panel(peer, shares, {
        x: MARGIN + (index % COLUMNS) * PANEL.width,
        y: top + Math.floor(index / COLUMNS) * PANEL.height,
      }),
    ),
  });
}

/**
 * @param {string} peer
 * @param {readonly number[]} shares
 * @param {{ x: number, y: number }} place
 */
function panel(peer, shares, { x, y }) {
  const left = x + PLOT.left;
  const bottom = y + PLOT.top + PLOT.height;
  const step = (PANEL.width - PLOT.left - 20) / BUCKETS.length;
  const fill = peer.startsWith('tickhttp') ? COLORS.own : COLORS.other;
  const grid = [0, 50, 100].flatMap((percent) => {
    const at = bottom - (PLOT.height * percent) / 100;
    return [
      line({ x1: left, y1: at, x2: left + step * BUCKETS.length, y2: at, stroke: COLORS.grid }),
      text(`${percent} %`, { x: left - 6, y: at + 4, size: 10, fill: COLORS.quiet, anchor: 'end' }),
    ];
  });
  return [
    text(peer, { x: left, y: y + 14, bold: true }),
    ...grid,
    ...shares.flatMap((share, bucket) => {
      // What is there must be seen, however little it is.
      const height = share > 0 ? Math.max(1.5, PLOT.height * share) : 0;
      const box = { x: left + step * bucket + 2, y: bottom - height, width: step - 4, height };
      const middle = left + step * (bucket + 0.5);
      return [
        ...(share > 0 ? [rectangle({ ...box, fill })] : []),
        ...(share > 0 ? [text(percent(share), { x: middle, y: box.y - 4, size: 10, anchor: 'middle' })] : []),
        text(BUCKETS[bucket] ?? '', {
          x: middle,
          y: bottom + 14,
          size: 9,
          fill: COLORS.quiet,
          anchor: 'middle',
        }),
      ];
    }),
  ];
}

/** @param {readonly number[]} [counts] */
function shares(counts = []) {
  const total = counts.reduce((sum, each) => sum + each, 0);
  return counts.map((each) => (total > 0 ? each / total : 0));
}

/** @param {number} share */
function percent(share) {
  const value = share * 100;
  if (value < 0.1) return '< 0.1 %';
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}
