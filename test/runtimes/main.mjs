/**
 *     npm run test:runtimes [-- runtime ...]
 *
 * Packs the package, installs it in a fresh folder, and runs the programs of `programs` there on each runtime, against
 * servers on 127.0.0.1: those whose first line names it. `runtime`: how its name begins. The runtimes come from npm's
 * registry, or its cache. Ends with status 1 if a program fails, if there is no such runtime, or if the first line of a
 * program names none.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, install, pack, run, temporaryFolder } from '../../scripts/packed.mjs';
import { chosen, orExit } from '../support/chosen.mjs';
import { startServers } from '../support/servers-for-programs.mjs';
import { readPrograms } from './runs-on.mjs';
import { RUNTIMES } from './runtimes.mjs';

/** Milliseconds. */
const PATIENCE = 60_000;

/** What the thread of the program `worker-death.mjs` does a second after its start. */
const DEATH = '\nsetTimeout(() => process.exit(3), 1000);\n';

const folder = fileURLToPath(new URL('programs', import.meta.url));
const programs = orExit(() => readPrograms(folder, new Set(RUNTIMES.map(({ kind }) => kind))));
const runtimes = orExit(() =>
  chosen(
    RUNTIMES,
    process.argv.slice(2),
    ({ name }, argument) => name.toLowerCase().startsWith(argument.toLowerCase()),
    RUNTIMES.map(({ name }) => name),
  ),
);
const temporary = temporaryFolder();
const project = join(temporary, 'project');

await install(project, [await pack(temporary), ...runtimes.map(({ install: spec }) => spec)]);
cpSync(folder, project, { recursive: true });
const worker = readFileSync(join(project, 'node_modules/tickhttp/dist/worker/index.cjs'), 'utf8');
const dyingWorker = join(project, 'dying-worker.cjs');
writeFileSync(dyingWorker, worker + DEATH);
const args = [JSON.stringify({ ...(await startServers(temporary)), dyingWorker })];

for (const { name, kind, command } of runtimes) {
  for (const [program, kinds] of programs) {
    if (!kinds.includes(kind)) continue;
    const [file = '', ...flags] = command(join(project, 'node_modules'), program);
    try {
      await check(`${name}, ${program}`, () => run(file, [...flags, program, ...args], project, PATIENCE));
    } catch {
      process.exitCode = 1;
    }
  }
}
