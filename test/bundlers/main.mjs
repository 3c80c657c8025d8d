/**
 *     npm run test:bundlers [-- tool ...]
 *
 * Packs the package, installs it in a fresh folder together with the tools, and has each make something of program.mjs:
 * a bundle, an executable, a server, a copy of the files that are needed. That is run in a folder that has nothing else in
 * it, with the installed package out of reach, against servers on 127.0.0.1. `tool`: how its name begins; `ci` is those that
 * run in CI. Needs npm's registry, or its cache. Ends with status 1 if something is not as it should, or if there is no
 * such tool.
 *
 * There are three ways: with `tickhttp/inline`; with the worker's file beside the bundle, and `workerUrl`; and with
 * nothing, where the tool finds the worker by itself, or the program must say within two seconds what to do. `page`:
 * the tools make a page (pages/builds.mjs) of pages/program.mjs, which runs in Chromium.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { install, pack, run, temporaryFolder } from '../../scripts/packed.mjs';
import { chosen, orExit } from '../support/chosen.mjs';
import { startServers } from '../support/servers-for-programs.mjs';
import { BUILDS } from './builds.mjs';
import { MORE_BUILDS } from './more-builds.mjs';
import { PAGE_BUILDS } from './pages/builds.mjs';
import { checkPage, closeBrowser, requireChromium } from './pages/check.mjs';
import { readResults } from './results.mjs';

/** @import { Build, Way } from './builds.mjs' */
/** @import { PageWay } from './pages/builds.mjs' */
/** @import { Results } from './results.mjs' */

const PROGRAM = readFileSync(new URL('program.mjs', import.meta.url), 'utf8');

/** Milliseconds. */
const PATIENCE = { build: 180_000, program: 90_000 };

/**
 * Milliseconds. Two seconds are promised, of an idle machine. Who does not notice waits for the fifteen that a thread may
 * take to start, or for `timeouts.blocking` of program.mjs, which is longer.
 */
const AT_ONCE = 10_000;

/** @type {readonly Way[]} */
const WAYS = ['inline', 'workerUrl', 'nothing'];

/** @type {readonly PageWay[]} */
const PAGE_WAYS = ['inline', 'nothing', 'file'];

const ALL = Object.entries({ ...BUILDS, ...MORE_BUILDS, ...PAGE_BUILDS });
const builds = orExit(() =>
  chosen(
    ALL,
    process.argv.slice(2),
    ([name, { inCI }], argument) => name.startsWith(argument) || (argument === 'ci' && inCI === true),
    ['ci', ...ALL.map(([name]) => name)],
  ),
);
if (builds.some(([, build]) => 'makes' in build)) orExit(requireChromium);
const temporary = temporaryFolder();
const project = join(temporary, 'project');
const installed = join(project, 'node_modules', 'tickhttp');

await install(project, [await pack(temporary), ...new Set(builds.flatMap(([, { packages }]) => packages))]);
const env = { ADDRESSES: JSON.stringify(await startServers(temporary)), NEXT_TELEMETRY_DISABLED: '1' };
for (const [name, build] of builds) {
  if ('makes' in build)
    await tryWays(name, build.ways ?? PAGE_WAYS, (way, folder) => checkPage(build, way, project, folder));
  else
    await tryWays(name, build.ways ?? WAYS, async (way, folder) => {
      await make(build, programOf(build, way), folder);
      return check(build, way, folder);
    });
}
await closeBrowser();

/**
 * @template {string} T
 * @param {string} name
 * @param {readonly T[]} ways
 * @param {(way: T, folder: string) => Promise<string>} attempt
 */
async function tryWays(name, ways, attempt) {
  for (const way of ways) {
    try {
      const folder = join(temporary, `${name} ${way}`.replaceAll(/\W+/g, '-'));
      console.log(`ok    ${name}, ${way}: ${await attempt(way, folder)}`);
    } catch (error) {
      console.log(`FAIL  ${name}, ${way}: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
}

/**
 * @param {Build} build
 * @param {Way} way
 */
function programOf({ workerUrl }, way) {
  if (way === 'inline') return PROGRAM.replace("'tickhttp'", "'tickhttp/inline'");
  if (way === 'nothing') return PROGRAM;
  return `
    import { join } from 'node:path';
    import { WorkerPool } from 'tickhttp';
    WorkerPool.default = new WorkerPool({ workerUrl: ${workerUrl} });
    ${PROGRAM}`;
}

/**
 * @param {Build} build
 * @param {string} program
 * @param {string} folder
 */
async function make({ format, script }, program, folder) {
  mkdirSync(folder);
  const input = join(project, 'program.mjs');
  writeFileSync(input, program);
  writeFileSync(join(project, 'build.mjs'), script(input, join(folder, `bundle.${format}`)));
  await run(process.execPath, ['build.mjs'], project, PATIENCE.build, env);
}

/**
 * @param {Build} build
 * @param {Way} way
 * @param {string} folder
 */
async function check({ format, findsWorker = false, command, inProject = false }, way, folder) {
  if (way === 'workerUrl' && !findsWorker)
    copyFileSync(join(installed, 'dist/worker/index.cjs'), join(folder, 'worker.cjs'));
  const files = readdirSync(folder);
  const [file = '', ...args] = command?.(project) ?? [process.execPath, `bundle.${format}`];
  const away = join(temporary, 'away');
  if (!inProject) renameSync(installed, away);
  try {
    const output = await run(file, args, inProject ? project : folder, PATIENCE.program, env);
    checkResults(readResults(output), way !== 'nothing' || findsWorker);
  } finally {
    if (existsSync(away)) renameSync(away, installed);
  }
  const works = way !== 'nothing' || findsWorker ? 'works' : 'says what to do';
  return inProject ? `${works}, where it is installed` : `${works} (${files.slice(0, 5).join(', ')})`;
}

/**
 * @param {Results} results
 * @param {boolean} whole
 */
function checkResults(results, whole) {
  assert.deepEqual(Object.keys(results).sort(), ['blocking', 'polling', 'socks', 'tls']);
  for (const [task, { result, ms }] of Object.entries(results)) {
    const seen = `${task}: ${JSON.stringify(result)}`;
    if (whole) assert.equal(result, 200, seen);
    else {
      assert(typeof result === 'object' && result.code === 'WORKER_NOT_STARTED', seen);
      assert.match(result.message, /docs\/bundlers\.md/);
      assert(ms < AT_ONCE, `${task}: it took ${ms} ms`);
    }
  }
}
