/**
 * Packs the package, installs it into an empty project, and uses it there as a user would: from an ES module,
 * from CommonJS and from TypeScript. Says a line for each check; ends with status 1 at the first that fails.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** Milliseconds. npm waits for its registry, the programs only for this process. */
const PATIENCE = { npm: 120_000, program: 20_000, tsc: 60_000 };

const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
const CODE = [
  'dist/main/index.js',
  'dist/main/inline.js',
  'dist/worker/index.cjs',
  'dist/THIRD-PARTY-LICENSES',
];
const DECLARATIONS = /^dist\/(main|worker|shared)\/[^.]+\.d\.ts$/;

/** Several times what a client reads at once. */
const BODY = randomBytes(300_000);

/**
 * What follows the import of `tickhttp`. `get` yields where a main loop would go on to its next tick; in blocking
 * mode it is over before the event loop has turned once. In the end two clients are CONNECTED, and there is no more
 * to do.
 */
const PROGRAM = `
const port = Number(process.argv[2]);
const { createHash } = process.getBuiltinModule('node:crypto');

function* get(http) {
  http.connectToHost('127.0.0.1', port);
  while (http.getStatus() === Status.RESOLVING || http.getStatus() === Status.CONNECTING) yield http.poll();
  http.request(Method.GET, '/', []);
  while (http.getStatus() === Status.REQUESTING) yield http.poll();
  const hash = createHash('sha256');
  while (http.getStatus() === Status.BODY) yield hash.update(http.readResponseBodyChunk());
  const connected = http.getStatus() === Status.CONNECTED;
  const [code, body, failure] = [http.getResponseCode(), hash.digest('hex'), http.getLastError()];
  console.log(JSON.stringify({ code, body, connected, failure }));
}

const blocking = new HTTPClient();
blocking.blockingModeEnabled = true;
for (const _tick of get(blocking));

const polled = new HTTPClient();
const ticks = get(polled);
const timer = setInterval(() => ticks.next().done && clearInterval(timer), 1);
`;

/** The last statement shows that the types are not all `any`. */
const TYPED_PROGRAM = `
import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status } from 'tickhttp';
import { TLSOptions, WorkerPool } from 'tickhttp';

const options: HTTPClientOptions = { pool: new WorkerPool({ threads: 1 }), bufferSize: 65_536 };
const http = new HTTPClient(options);
const error: ErrorCode = http.connectToHost('https://localhost', -1, TLSOptions.client());
if (error === ErrorCode.OK && http.getStatus() === Status.CONNECTED) http.request(Method.GET, '/', []);
export const chunk: Uint8Array = http.readResponseBodyChunk();
// @ts-expect-error
http.request('GET', '/', []);
`;

/** What a strict user has: Node's types, none of the DOM's, and a compiler that checks declarations too. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2022'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules', '@types')],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: ['typed.ts'],
};

const temporary = mkdtempSync(join(tmpdir(), 'tickhttp-smoke-'));
const project = join(temporary, 'project');
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

try {
  const tarball = await check('packs', pack);
  await check('installs into an empty project', () => install(tarball));
  await check('holds what it must and nothing else', checkFiles);
  await smoke('ES module', 'program.mjs', "import { HTTPClient, Method, Status } from 'tickhttp';");
  if (process.features.require_module)
    await smoke('CommonJS', 'program.cjs', "const { HTTPClient, Method, Status } = require('tickhttp');");
  else console.log(`skip  CommonJS: Node ${process.version} does not require() an ES module`);
  await check('TypeScript: a program type-checks, the declarations it uses too', checkTypes);
} catch {
  // `check` has said why.
  process.exitCode = 1;
}

/**
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} run
 */
async function check(what, run) {
  try {
    const result = await run();
    console.log(`ok    ${what}`);
    return result;
  } catch (error) {
    console.log(`FAIL  ${what}: ${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

async function pack() {
  const folder = join(temporary, 'packed');
  mkdirSync(folder);
  await npm(['pack', '--pack-destination', folder], ROOT);
  const [tarball, ...others] = readdirSync(folder);
  assert(tarball !== undefined && others.length === 0, 'npm pack makes one file');
  return join(folder, tarball);
}

/** @param {string} tarball */
async function install(tarball) {
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module' }),
  );
  await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], project);
}

/** An installed package has exactly the files of its tarball. */
function checkFiles() {
  const root = join(project, 'node_modules', 'tickhttp');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll(sep, '/'),
    );
  const known = [...DOCUMENTS, ...CODE];
  const missing = known.filter((file) => !files.includes(file));
  assert(missing.length === 0, `missing: ${missing.join(', ')}`);
  const foreign = files.filter((file) => !known.includes(file) && !DECLARATIONS.test(file));
  assert(foreign.length === 0, `should not be there: ${foreign.join(', ')}`);
}

/**
 * @param {string} language
 * @param {string} file
 * @param {string} head
 */
async function smoke(language, file, head) {
  writeFileSync(join(project, file), head + PROGRAM);
  // In this process it answers while the program's thread is blocked. It never closes a connection first.
  const server = createServer({ keepAliveTimeout: 10 * PATIENCE.program }, (_request, response) => {
    response.end(BODY);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    assert(address !== null && typeof address === 'object');
    const args = [file, String(address.port)];
    const output = await check(`${language}: ends by itself, with two clients connected`, () =>
      run(process.execPath, args, project, PATIENCE.program),
    );
    const answers = output.trim().split('\n');
    await check(`${language}: GET in blocking mode, no turn of the event loop`, () =>
      checkAnswer(answers[0]),
    );
    await check(`${language}: GET by polling`, () => checkAnswer(answers[1]));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** @param {string | undefined} line */
function checkAnswer(line = 'null') {
  const body = createHash('sha256').update(BODY).digest('hex');
  assert.deepEqual(JSON.parse(line), { code: 200, body, connected: true, failure: null });
}

async function checkTypes() {
  writeFileSync(join(project, 'typed.ts'), TYPED_PROGRAM);
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await run(process.execPath, [TSC], project, PATIENCE.tsc);
}

/**
 * @param {string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  assert(cli !== undefined, 'start it with `npm run smoke`');
  return run(process.execPath, [cli, ...args], cwd, PATIENCE.npm);
}

/**
 * Fails unless the command ends with status 0 in time; the reason has all that it said.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {number} timeout
 */
async function run(command, args, cwd, timeout) {
  const child = spawn(command, args, { cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const [code, signal] = await once(child, 'close');
  const end = signal === null ? `ended with status ${code}` : `did not end within ${timeout} ms`;
  assert(code === 0, `it ${end}\n${output.stdout}${output.stderr}`);
  return output.stdout;
}
