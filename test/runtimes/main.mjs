/**
 *     npm run test:runtimes [-- runtime ...]
 *
 * Packs the package, installs it in a fresh folder, and runs the programs of `programs` there on each runtime, against
 * servers on 127.0.0.1: those whose first line names it. `runtime`: how its name begins. The runtimes come from npm's
 * registry, or its cache. Ends with status 1 if a program fails.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, install, pack, run, temporaryFolder } from '../../scripts/packed.mjs';
import { startServers } from '../support/servers-for-programs.mjs';
import { RUNTIMES } from './runtimes.mjs';

/** Milliseconds. */
const PATIENCE = 60_000;

/** What the thread of the program `worker-death.mjs` does a second after its start. */
const DEATH = '\nsetTimeout(() => process.exit(3), 1000);\n';

const wanted = process.argv.slice(2);
const runtimes = RUNTIMES.filter(
  ({ name }) =>
    wanted.length === 0 || wanted.some((word) => name.toLowerCase().startsWith(word.toLowerCase())),
);
const temporary = temporaryFolder();
const project = join(temporary, 'project');
const programs = fileURLToPath(new URL('programs', import.meta.url));

await install(project, [await pack(temporary), ...runtimes.map(({ install: spec }) => spec)]);
cpSync(programs, project, { recursive: true });
const worker = readFileSync(join(project, 'node_modules/tickhttp/dist/worker/index.cjs'), 'utf8');
const dyingWorker = join(project, 'dying-worker.cjs');
writeFileSync(dyingWorker, worker + DEATH);
const args = [JSON.stringify({ ...(await startServers(temporary)), dyingWorker })];

for (const { name, kind, command } of runtimes) {
  for (const program of readdirSync(programs).filter((each) => runsOn(each, kind))) {
    const [file = '', ...flags] = command(join(project, 'node_modules'), program);
    try {
      await check(`${name}, ${program}`, () => run(file, [...flags, program, ...args], project, PATIENCE));
    } catch {
      process.exitCode = 1;
    }
  }
}

/**
 * @param {string} program
 * @param {string} kind
 */
function runsOn(program, kind) {
  const [first = ''] = readFileSync(join(programs, program), 'utf8').split('\n');
  return first.replace('// Runs on: ', '').split(', ').includes(kind);
}
