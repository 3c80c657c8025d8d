import { number } from '../table.mjs';
import { benchOf, medianOf, table } from './tables.mjs';

/** @import { Report } from '../support/types.mjs' */

/**
 * What people ask for first, wins and losses: tickhttp beside undici, or beside what stands in `other`.
 * @typedef {object} Row
 * @property {string} text
 * @property {string} bench
 * @property {string} metric
 * @property {string} own
 * @property {string} [other]
 * @property {true} [more] more is better
 */

const BLOCKING = { own: 'tickhttp, blocking', other: 'undici Client' };
const STREAM = 'undici stream';

/** @type {readonly Row[]} */
const ROWS = [
  { text: 'a small GET, blocking, us: median', bench: 'request', metric: 'latency', ...BLOCKING },
  { text: '90 % stay below', bench: 'request', metric: 'p90', ...BLOCKING },
  { text: 'its main-thread CPU, us', bench: 'request', metric: 'cpu', ...BLOCKING },
  { text: 'the same over TLS, us: median', bench: 'request-tls', metric: 'latency', ...BLOCKING },
  { text: 'its main-thread CPU, us', bench: 'request-tls', metric: 'cpu', ...BLOCKING },
  { text: 'on one core, us: median', bench: 'one-core-request', metric: 'latency', ...BLOCKING },
  { text: 'the first 2000 of a process, us: mean', bench: 'request-cold', metric: 'mean', ...BLOCKING },
  {
    text: 'a small GET a frame at 60 Hz, main-thread CPU, us a frame',
    bench: 'request-frames',
    metric: 'cpu',
    own: 'tickhttp, polled',
    other: 'undici Client',
  },
  ...download('download', 'a download', 'tickhttp, Into'),
  ...download('download', 'a download in chunks of your own', 'tickhttp, Chunk'),
  ...download('download-tls', 'a download over TLS', 'tickhttp, Into'),
  {
    text: 'small GETs over 64 connections, a second',
    bench: 'parallel-small',
    metric: 'rate',
    own: 'tickhttp, 1 worker',
    other: 'undici Pool',
    more: true,
  },
  ...['time', 'cpu'].map((metric) => ({
    text: `2000 files of 20 KiB, ${metric === 'time' ? 'ms' : 'main-thread CPU, us a file'}`,
    bench: 'assets',
    metric,
    own: 'HTTPRequest, tick() at 60 Hz',
    other: 'undici Pool',
  })),
  ...['1 MiB', '16 MiB'].map((size) => ({
    text: `an upload of ${size}, copied, GB/s`,
    bench: 'upload-copied',
    metric: 'speed',
    own: `tickhttp, ${size}`,
    other: `undici Client, ${size}`,
    more: /** @type {const} */ (true),
  })),
  ...['tickhttp, copied', 'tickhttp, transferBody'].flatMap((own) => upload(own)),
  {
    text: 'from the import to the first byte, ms',
    bench: 'start',
    metric: 'time',
    ...BLOCKING,
    other: 'undici',
  },
  {
    text: 'memory of an idle client, KiB',
    bench: 'memory',
    metric: 'memory',
    own: 'tickhttp',
    other: 'undici Client',
  },
];

/**
 * @param {string} bench
 * @param {string} text
 * @param {string} own
 * @returns {Row[]}
 */
function download(bench, text, own) {
  return [
    { text: `${text}, GB/s`, bench, metric: 'speed', own, other: STREAM, more: true },
    { text: 'its main-thread CPU, ms a GB', bench, metric: 'cpu', own, other: STREAM },
  ];
}

/**
 * @param {string} own
 * @returns {Row[]}
 */
function upload(own) {
  const text = own === 'tickhttp, copied' ? 'an upload of 256 MiB, copied' : 'the same with `transferBody`';
  return [
    { text: `${text}, GB/s`, bench: 'upload', metric: 'speed', own, other: 'undici Client', more: true },
    { text: 'it holds the main thread, ms', bench: 'upload', metric: 'hold', own, other: 'undici Client' },
  ];
}

/** @param {Report} run */
export function summary(run) {
  const rows = ROWS.map(({ text, bench, metric, own, other = STREAM, more = false }) => {
    const report = benchOf(run, bench);
    const [ours, theirs] = [own, other].map((peer) => medianOf(report, peer, metric));
    if (ours === undefined || theirs === undefined)
      throw new Error(`the bench ${bench} has no ${metric} of ${own} or ${other}`);
    return [text, number(ours), number(theirs), verdict(more ? theirs / ours : ours / theirs)];
  });
  return table(['', 'tickhttp', 'undici', ''], rows);
}

/** @param {number} ratio below 1: tickhttp is better */
function verdict(ratio) {
  const times = number(Math.max(ratio, 1 / ratio));
  if (times === '1.0') return 'the same';
  return `${times}x ${ratio < 1 ? 'better' : '**worse**'}`;
}
