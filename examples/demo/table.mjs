import { FRAMES_PER_SECOND, RENDERING } from './frame-loop.mjs';
import { megabytes, ms, sparkline, summarize } from './text.mjs';

/** @import { LaneReport } from './lane.mjs' */

/**
 * The lanes, measured one after the other.
 * @typedef {{ idle: LaneReport, tickhttp: LaneReport, fetch: LaneReport }} Reports
 * @typedef {{ HTTPRequest: LaneReport, 'fetch by six': LaneReport, 'fetch at once': LaneReport }} FilesReports
 */

const LABEL = 30;
const COLUMN = 16;
const RULE = '─'.repeat(LABEL + 3 * COLUMN);
const SPARKLINE = 66;

/**
 * What a person is to see and remember, in 80 columns.
 * @param {Reports} reports
 */
export function table(reports) {
  const lanes = Object.values(reports);
  return [
    line('', ['no downloads', 'tickhttp', 'fetch']),
    RULE,
    ...loopRows(lanes),
    row('downloaded', lanes, ({ received }) => (received > 0 ? megabytes(received) : '-')),
    row('speed', lanes, ({ received, times }) =>
      received > 0 ? `${megabytes(received / times.seconds)}/s` : '-',
    ),
    ...queueRows(lanes),
    RULE,
    ...sparklines(reports),
    RULE,
    ...notes(lanes),
  ].join('\n');
}

/**
 * The same for many small files.
 * @param {FilesReports} reports
 * @param {LaneReport} idle what the loop takes by itself
 */
export function filesTable(reports, idle) {
  const lanes = Object.values(reports);
  const perFrame = idle.times.thread.cpu / idle.times.drawn;
  return [
    line('500 files of 20 kB', Object.keys(reports)),
    RULE,
    ...loopRows(lanes),
    row('main thread, for the files', lanes, ({ times: { thread, drawn } }) =>
      Number.isNaN(thread.cpu) ? '-' : ms(Math.max(0, thread.cpu - drawn * perFrame)),
    ),
    row('time', lanes, ({ times }) => `${times.seconds.toFixed(1)} s`),
    ...queueRows(lanes),
    RULE,
    'The same loop; the server is 20 ms away. HTTPRequest starts all files in one',
    'frame, and opens six connections. "by six" is six loops, each of which awaits',
    'one file after the other. "for the files" is without what the frames of',
    '"no downloads" took.',
    ...cutNote(lanes),
  ].join('\n');
}

/**
 * @param {string} label
 * @param {readonly string[]} cells
 */
function line(label, cells) {
  return label.padEnd(LABEL) + cells.map((cell) => cell.padStart(COLUMN)).join('');
}

/**
 * @param {string} label
 * @param {readonly LaneReport[]} lanes
 * @param {(report: LaneReport) => string} cell
 */
function row(label, lanes, cell) {
  return line(label, lanes.map(cell));
}

/** @param {readonly LaneReport[]} lanes */
function loopRows(lanes) {
  return [
    row('frames drawn, of those due', lanes, ({ times }) => `${times.drawn} of ${times.lateness.length}`),
    ...latenessRows(lanes, ({ times }) => times.lateness),
    row('main thread, of one core', lanes, ({ times }) => percent(times.thread.cpu / 1000 / times.seconds)),
  ];
}

/**
 * @param {readonly LaneReport[]} lanes
 * @param {(report: LaneReport) => number[]} lateness
 */
function latenessRows(lanes, lateness) {
  return [
    row('frames more than 1 ms late', lanes, (report) => countLate(lateness(report))),
    row('worst lateness', lanes, (report) => ms(summarize(lateness(report)).worst)),
    row('99th percentile of lateness', lanes, (report) => ms(summarize(lateness(report)).p99)),
  ];
}

/**
 * A busy machine makes every loop late. This takes off what the main thread only waited for a core.
 * @param {readonly LaneReport[]} lanes
 */
function queueRows(lanes) {
  if (lanes.some(({ times }) => Number.isNaN(times.thread.queued))) return [];
  return [
    RULE,
    row('main thread queued for a core', lanes, ({ times }) =>
      percent(times.thread.queued / 1000 / times.seconds),
    ),
    'and with the time in that queue taken off the lateness:',
    ...latenessRows(lanes, ({ times }) => times.ownLateness),
  ];
}

/** @param {readonly number[]} lateness */
function countLate(lateness) {
  const { late, due } = summarize(lateness);
  return `${late} (${percent(late / due)})`;
}

/** @param {number} part */
function percent(part) {
  return Number.isNaN(part) ? '-' : `${Math.round(part * 100)} %`;
}

/** @param {Reports} reports */
function sparklines(reports) {
  return [
    ...Object.entries(reports).map(
      ([lane, { times }]) => `${lane.padEnd(10)}${sparkline(times.lateness, SPARKLINE)}`,
    ),
    'lateness over time:  ▁ below 1 ms  ▂ 2  ▃ 4  ▄ 8  ▅ 16  ▆ 32  ▇ 64  █ more',
  ];
}

/** @param {readonly LaneReport[]} lanes */
function notes(lanes) {
  const rate = `${FRAMES_PER_SECOND} times a second`;
  return [
    `A frame is due ${rate} and renders for ${RENDERING} ms. Each that was due counts,`,
    'drawn or not, with the time from then until a frame started. "no downloads" is',
    'the same loop on its own: how busy this machine is with other things. All bytes',
    'were counted, and one in 4096 was compared with what the server sent.',
    'A lane with more busy threads than the machine has cores queues longer for one.',
    ...cutNote(lanes),
  ];
}

/** @param {readonly LaneReport[]} lanes */
function cutNote(lanes) {
  const cut = lanes.some(({ received, wanted, faults }) => received < wanted && faults.length === 0);
  return cut ? ['The time was up before all of them had come.'] : [];
}
