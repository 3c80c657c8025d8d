/**
 *     node bench/main.mjs [bench ...] [options]
 *
 *     bench             its name, or how the names of several begin; without any all are run, but of the frames only
 *                       those with 4 downloads (also there: frames-1-50mb, -1-unlimited, -16-50mb, -16-unlimited);
 *                       "page" is for those in Chromium, "one-core" for those on one core (Linux): no other name
 *                       brings them
 *     --rounds 5        how often each peer is measured
 *     --full            each round does the whole work, not a part
 *     --server auto     "node" or "nginx": who serves bodies with a length; nginx does where it is on the PATH
 *     --json file       writes down everything that was measured; bench/draw.mjs makes charts of it
 *     --svg folder      draws the charts
 *     --docs            runs all benches and the demo, and writes the figures and charts of README.md, CHANGELOG.md and
 *                       docs/performance.md anew; the run is saved in docs/performance/run.json. Of the benches that
 *                       have to be named it runs those that have a table there
 *
 * Needs a built dist/ (npm run build). Exits with 1 if a peer failed or brought wrong bytes; the documents are as before
 * then.
 */
import { writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBench, selectBenches } from './benches.mjs';
import { runAssetLoader, runDemo } from './documents/programs.mjs';
import { asSaved, saveRun } from './documents/run.mjs';
import { shownBenches, writeDocuments } from './documents/write.mjs';
import { runRounds } from './rounds.mjs';
import { machine, versions } from './support/machine.mjs';
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
    docs: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a number, 1 or more');
if (!['auto', 'node', 'nginx'].includes(values.server)) throw new Error('--server is auto, node or nginx');
if (values.docs && positionals.length > 0) throw new Error('--docs runs all benches: name none');
// The benches, and the processes that run them, look there when they are loaded.
if (values.full) process.env.TICKHTTP_BENCH_FULL = '1';
const wanted = selectBenches(positionals, values.full || values.docs);
const names = Array.from(new Set(values.docs ? [...wanted, ...shownBenches()] : wanted));
/** So that a long run is not lost because of one peer. */
const json = values.json ?? (values.docs ? join(tmpdir(), 'tickhttp-bench.json') : undefined);

const start = performance.now();
/** @type {Report} */
const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  versions: versions(),
  software: '',
  rounds,
  seconds: 0,
  load: [currentLoad()],
  programs: { demo: [], assetLoader: [] },
  benches: {},
};
console.log(`Node ${process.version}, ${report.machine}, ${rounds} rounds`);
if (values.docs) report.programs = { demo: await runDemo(), assetLoader: await runAssetLoader() };
const { server, stop } = await startServer(values.server);
report.software = server.software;
console.log(
  server.software === 'node'
    ? 'The server is ours, in Node.\n'
    : `${server.software} serves the bodies with a length, our server in Node what it cannot: chunks, uploads, silence.\n`,
);
console.log(LEGEND);

try {
  for (const name of names) {
    const result = await runRounds(name, await loadBench(name), { rounds, server });
    console.log(`\n${table(name, result)}`);
    report.benches[name] = result;
    report.seconds = (performance.now() - start) / 1000;
    // After each bench, so that a run that is broken off leaves what it had.
    if (json) writeFileSync(json, JSON.stringify(report, null, 2));
    if (values.svg) drawCharts(report, values.svg);
  }
} finally {
  stop();
}
report.load.push(currentLoad());
console.log(`\nAll of it took ${report.seconds.toFixed(0)} s.`);
const failed = Object.values(report.benches).some(({ peers }) =>
  Object.values(peers).some(({ failures }) => failures.length > 0),
);
process.exitCode = failed ? 1 : 0;
if (json) writeFileSync(json, JSON.stringify(report, null, 2));
if (values.docs) writeDocs();

function writeDocs() {
  if (failed) {
    console.error(`Peers have failed, so the documents are as before. "npm run docs:figures -- ${json}"`);
    console.error('makes them of this run all the same.');
    return;
  }
  writeDocuments(asSaved(report));
  saveRun(report);
  console.log('The documents have the figures of this run: see `git diff`.');
}

/** Of the last minute. */
function currentLoad() {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}
