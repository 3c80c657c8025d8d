/**
 *     npm run test:bundlers [-- tool ...]
 *
 * Packs the package, installs it in a fresh folder together with the bundlers, builds program.mjs by each, and runs the
 * bundle in a folder that has nothing else in it, against servers on 127.0.0.1. `tool`: how its name begins; `ci` is
 * those that run in CI. Needs npm's registry, or its cache. Ends with status 1 if something is not as it should.
 *
 * Each is built in three ways: with `tickhttp/inline`; with the worker's file beside the bundle, and `workerUrl`; and
 * with nothing, where the tool finds the worker by itself, or the program must say within two seconds what to do.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Socks5Server } from '@pondwader/socks5-server';
import { npm, run } from '../../scripts/packed.mjs';
import { makeAuthority } from '../support/certificates.mjs';
import { BUILDS } from './builds.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = readFileSync(new URL('program.mjs', import.meta.url), 'utf8');

/** Milliseconds. */
const PATIENCE = { npm: 300_000, build: 120_000, program: 30_000 };

/** @typedef {'inline' | 'workerUrl' | 'nothing'} Way */

/** @type {readonly Way[]} */
const WAYS = ['inline', 'workerUrl', 'nothing'];

const wanted = process.argv.slice(2);
const builds = Object.entries(BUILDS).filter(
  ([name, { inCI }]) =>
    wanted.length === 0 || wanted.some((word) => name.startsWith(word) || (word === 'ci' && inCI)),
);
const temporary = mkdtempSync(join(tmpdir(), 'tickhttp-bundlers-'));
const project = join(temporary, 'project');
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

await install();
const addresses = await startServers();
for (const [name, build] of builds) {
  for (const way of WAYS) {
    try {
      const folder = join(temporary, `${name} ${way}`.replaceAll(/\W+/g, '-'));
      await make(build, programOf(build, way), folder);
      console.log(`ok    ${name}, ${way}: ${await check(build, way, folder)}`);
    } catch (error) {
      console.log(`FAIL  ${name}, ${way}: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
}

async function install() {
  const packed = join(temporary, 'packed');
  mkdirSync(packed);
  mkdirSync(project);
  await npm(['pack', '--pack-destination', packed], ROOT);
  const tarballs = readdirSync(packed).map((file) => join(packed, file));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'bundles', private: true }));
  const tools = new Set(builds.flatMap(([, { packages }]) => packages));
  await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs, ...tools], project);
}

/**
 * @param {import('./builds.mjs').Build} build
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
 * @param {import('./builds.mjs').Build} build
 * @param {string} program
 * @param {string} folder
 */
async function make({ format, script }, program, folder) {
  mkdirSync(folder);
  const input = join(project, 'program.mjs');
  writeFileSync(input, program);
  writeFileSync(join(project, 'build.mjs'), script(input, join(folder, `bundle.${format}`)));
  await run(process.execPath, ['build.mjs'], project, PATIENCE.build);
}

/**
 * @param {import('./builds.mjs').Build} build
 * @param {Way} way
 * @param {string} folder
 */
async function check({ format, findsWorker = false }, way, folder) {
  if (way === 'workerUrl' && !findsWorker)
    copyFileSync(join(project, 'node_modules/tickhttp/dist/worker/index.cjs'), join(folder, 'worker.cjs'));
  const files = readdirSync(folder);
  const args = [`bundle.${format}`, JSON.stringify(addresses)];
  const results = JSON.parse(await run(process.execPath, args, folder, PATIENCE.program));
  for (const [task, { result, ms }] of Object.entries(results)) {
    if (way !== 'nothing' || findsWorker) assert.deepEqual(result, 200, `${task}: ${JSON.stringify(result)}`);
    else {
      assert.equal(result.code, 'WORKER_NOT_STARTED', `${task}: ${JSON.stringify(result)}`);
      assert.match(result.message, /docs\/bundlers\.md/);
      assert(ms < 2000, `${task}: it took ${ms} ms`);
    }
  }
  return `${results.polling.result === 200 ? 'works' : 'says what to do'} (${files.join(', ')})`;
}

/** Answers over HTTP and over TLS as `localhost`, and a SOCKS proxy. */
async function startServers() {
  const authority = await makeAuthority();
  const proxy = new Socks5Server();
  /** @type {import('node:http').RequestListener} */
  const answer = (_request, response) => response.end('hello');
  const [http, https, socks] = await Promise.all([
    listen(createServer(answer)),
    listen(createSecureServer(await authority.issue(), answer)),
    listen(createPlainServer((socket) => void proxy._handleConnection(socket))),
  ]);
  return { http, https, socks, authority: authority.cert };
}

/** @param {import('node:net').Server} server */
async function listen(server) {
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}
