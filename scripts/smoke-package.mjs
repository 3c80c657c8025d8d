/**
 * Packs the package, installs it into an empty project, and uses it there as a user would: from an ES module and
 * from CommonJS (from TypeScript: test-types.mjs). Says a line for each check; ends with status 1 at the first that
 * fails.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, sep } from 'node:path';
import { check, install, PATIENCE, pack, ROOT, run, temporaryFolder } from './packed.mjs';

const MODULES = join(ROOT, 'node_modules');
const PUBLINT = join(MODULES, 'publint', 'src', 'cli.js');
const ATTW = join(MODULES, '@arethetypeswrong', 'cli', 'dist', 'index.js');

const DOCUMENTS = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && !['internals.md', 'performance.md'].includes(name))
    .map((name) => `docs/${name}`),
  'package.json',
];
const MAIN = ['index', 'inline'].flatMap((name) =>
  ['cjs', 'd.cts', 'd.ts', 'js'].map((end) => `dist/main/${name}.${end}`),
);
const BROWSER = ['index.js', 'inline.js', 'worker.d.ts', 'worker.js'].map((name) => `dist/browser/${name}`);
const WORKER = ['dist/THIRD-PARTY-LICENSES', 'dist/worker/index.cjs', 'dist/worker/index.d.cts'];

/**
 * Installed. Whoever makes it larger says why. Optional are those of piscina: an addon, for one platform each. The
 * pages of docs/ take 110 kB, and what runs in a page 450 kB: its side, the same with the worker's text, and the worker.
 */
const MOST = { bytes: 3_720_000, optionalPackages: 2 };

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

/** What each format makes, the other takes; and the clients of both have one default pool, so the threads of one. */
const BOTH = `
import assert from 'node:assert';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Duplex } from 'node:stream';
import * as esm from 'tickhttp';
import { Method, Status } from 'tickhttp';

const cjs = createRequire(import.meta.url)('tickhttp');
assert.notEqual(esm.HTTPClient, cjs.HTTPClient);
for (const [mine, theirs] of [[esm, cjs], [cjs, esm]]) {
  const pool = new theirs.WorkerPool({ threads: 1 });
  const http = new mine.HTTPClient({ pool, proxyTLS: theirs.TLSOptions.client() });
  http.connection = theirs.StreamPeer.fromDuplex(new Duplex({ read() {} }));
  assert.equal(http.getStatus(), mine.Status.CONNECTED);
  await pool.close();
}

let threads = 0;
process.on('worker', () => (threads += 1));
process.on('exit', () => assert.equal(threads, Math.min(4, Math.max(1, availableParallelism() - 1))));
const formats = [esm, cjs];
const HTTPClient = function () {
  const format = formats.shift();
  return new format.HTTPClient();
};
`;

/** As tools that know no `exports` find it. */
const BY_MAIN = `
const { dirname, join } = require('node:path');
const manifest = require.resolve('tickhttp/package.json');
const { HTTPClient, Method, Status } = require(join(dirname(manifest), require(manifest).main));
`;

const temporary = temporaryFolder();
const project = join(temporary, 'project');

try {
  const tarball = await check('packs', () => pack(temporary));
  await check('publint: package.json leads to what is there', () =>
    run(process.execPath, [PUBLINT, 'run', '--strict', tarball], ROOT, PATIENCE.tool),
  );
  await check('attw: each way to the code leads to its types', () =>
    // A page has ES modules only.
    run(process.execPath, [ATTW, tarball, '--ignore-rules', 'cjs-resolves-to-esm'], ROOT, PATIENCE.tool),
  );
  await check('installs into an empty project', () => install(project, [tarball]));
  await check('holds what it must and nothing else', checkFiles);
  await check('installs no more packages and bytes than it did', checkSize);
  await smoke('ES module', 'program.mjs', "import { HTTPClient, Method, Status } from 'tickhttp';");
  await smoke('CommonJS', 'program.cjs', "const { HTTPClient, Method, Status } = require('tickhttp');");
  await smoke('Both in one program', 'both.mjs', BOTH);
  await smoke('CommonJS by package.json’s main', 'main.cjs', BY_MAIN);
} catch {
  // `check` has said why.
  process.exitCode = 1;
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
  const known = [...DOCUMENTS, ...MAIN, ...BROWSER, ...WORKER];
  const missing = known.filter((file) => !files.includes(file));
  assert(missing.length === 0, `missing: ${missing.join(', ')}`);
  const foreign = files.filter((file) => !known.includes(file));
  assert(foreign.length === 0, `should not be there: ${foreign.join(', ')}`);
}

/** What npm has installed for it. Some of it only one platform needs, and another has something else. */
function checkSize() {
  const modules = join(project, 'node_modules');
  const lock = readFileSync(join(modules, '.package-lock.json'), 'utf8');
  /** @type {{ packages: Record<string, { optional?: boolean }> }} */
  const { packages } = JSON.parse(lock);
  const needed = Object.keys(packages).filter((path) => !packages[path]?.optional);
  assert.deepEqual(
    needed.sort(),
    ['comlink', 'piscina', 'tickhttp'].map((name) => `node_modules/${name}`),
  );
  const others = Object.keys(packages).length - needed.length;
  assert(others <= MOST.optionalPackages, `${others} optional packages are installed`);
  const bytes = readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  assert(bytes <= MOST.bytes, `${bytes} bytes are installed`);
  return bytes;
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
