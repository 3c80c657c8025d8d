import { benchOf, figure, table } from './tables.mjs';

/** @import { Report } from '../support/types.mjs' */

const COUNTS = [1, 4, 16];
const HERTZ = [60, 144];
const SPEEDS = ['tickhttp', 'undici stream', 'fetch'];

/**
 * The 99th percentile of lateness in all benches of frames, and what came in meanwhile.
 * @param {Report} run
 */
export function framesTable(run) {
  const loads = ['50mb', 'unlimited'].flatMap((rate) =>
    HERTZ.flatMap((hertz) => COUNTS.map((count) => ({ rate, hertz, count }))),
  );
  const peers = Object.keys(benchOf(run, 'frames-4-50mb').peers);
  const rows = loads.map(({ rate, hertz, count }) => {
    const bench = benchOf(run, `frames-${count}-${rate}`);
    const lateness = peers.map((peer) => figure(bench, peer, `p99-${hertz}`));
    const speeds = SPEEDS.map((peer) => figure(bench, peer, `speed-${hertz}`)).join(', ');
    return [`${count}${rate === 'unlimited' ? '' : ', paced'}`, String(hertz), ...lateness, speeds];
  });
  return table(['downloads', 'Hz', ...peers, `MB/s: ${SPEEDS.join(', ')}`], rows);
}
