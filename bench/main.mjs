/**
 *     node bench/main.mjs [bench ...] [--rounds 5] [--json file]
 *
 * Without names all benches are run. Needs a built dist/ (npm run build).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBench, selectBenches } from './benches.mjs';
import { runRounds } from './rounds.mjs';
import { startServer } from './support/processes.mjs';
import { table } from './table.mjs';

/** @import { BenchResult } from './support/types.mjs' */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a number, 1 or more');
const names = selectBenches(positionals);

const machine = `Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`;
console.log(`${machine}, ${rounds} rounds\n`);
console.log(
  'Medians (least - most of the rounds). "x": how many times better the first line is; above 1 it is.',
);

const folder = mkdtempSync(join(tmpdir(), 'tickhttp-bench-'));
const certificate = join(folder, 'ca.pem');
const { server, stop } = await startServer();
writeFileSync(certificate, server.ca);
/** @type {Record<string, BenchResult>} */
const results = {};
try {
  for (const name of names) {
    const bench = await loadBench(name);
    const result = await runRounds(name, bench, { rounds, server, certificate });
    console.log(`\n${table(name, bench, result)}`);
    results[name] = result;
    // After each bench, so that a run that is broken off leaves what it had.
    if (values.json) writeFileSync(values.json, JSON.stringify({ machine, rounds, results }, null, 2));
  }
} finally {
  stop();
  rmSync(folder, { recursive: true });
}
const failed = Object.values(results).some((peers) =>
  Object.values(peers).some(({ failures }) => failures.length > 0),
);
process.exitCode = failed ? 1 : 0;
