/**
 *     node bench/main.mjs [bench ...] [options]
 *
 *     bench             its name, or how the names of several begin; without any all are run, but of the frames only
 *                       those with 4 downloads (also there: frames-1-50mb, -1-unlimited, -16-50mb, -16-unlimited);
 *                       "page" is for those in Chromium, which no other name brings
 *     --rounds 5        how often each peer is measured
 *     --full            each round does the whole work, not a part: takes half an hour
 *     --server auto     "node" or "nginx": who serves bodies with a length; nginx does where it is on the PATH
 *     --json file       writes down everything that was measured; bench/draw.mjs makes charts of it
 *     --svg folder      draws the charts
 *
 * Needs a built dist/ (npm run build). Exits with 1 if a peer failed or brought wrong bytes.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { loadBench, selectBenches } from './benches.mjs';
import { runRounds } from './rounds.mjs';
import { startServer } from './support/processes.mjs';
import { drawCharts } from './svg/charts.mjs';
import { LEGEND, table } from './table.mjs';

/** @import { Report } from './support/types.mjs' */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    full: { type: 'boolean', default: false },
    server: { type: 'string', default: 'auto' },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a number, 1 or more');
if (!['auto', 'node', 'nginx'].includes(values.server)) throw new Error('--server is auto, node or nginx');
// The benches, and the processes that run them, look there when they are loaded.
if (values.full) process.env.TICKHTTP_BENCH_FULL = '1';
const names = selectBenches(positionals);

const start = performance.now();
const { server, stop } = await startServer(values.server);
const { software } = server;
const machine = `Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`;
/** @type {Report} */
const report = { machine, software, rounds, seconds: 0, benches: {} };
console.log(`${machine}, ${rounds} rounds`);
console.log(
  software === 'node'
    ? 'The server is ours, in Node.\n'
    : `${software} serves the bodies with a length, our server in Node what it cannot: chunks, uploads, silence.\n`,
);
console.log(LEGEND);

try {
  for (const name of names) {
    const result = await runRounds(name, await loadBench(name), { rounds, server });
    console.log(`\n${table(name, result)}`);
    report.benches[name] = result;
    report.seconds = (performance.now() - start) / 1000;
    // After each bench, so that a run that is broken off leaves what it had.
    if (values.json) writeFileSync(values.json, JSON.stringify(report, null, 2));
    if (values.svg) drawCharts(report, values.svg);
  }
} finally {
  stop();
}
console.log(`\nAll of it took ${report.seconds.toFixed(0)} s.`);
const failed = Object.values(report.benches).some(({ peers }) =>
  Object.values(peers).some(({ failures }) => failures.length > 0),
);
process.exitCode = failed ? 1 : 0;
