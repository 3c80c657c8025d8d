import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../../../scripts/packed.mjs';
import { ISOLATION, serveFolder } from './site.mjs';

/** @import { Browser, ConsoleMessage } from 'playwright-core' */
/** @import { PageBuild, PageWay } from './builds.mjs' */

/**
 * What program.mjs prints.
 *
 * @typedef {object} Download
 * @property {string} status
 * @property {number} responseCode
 * @property {number} length
 * @property {string} hash SHA-256
 * @property {{ code: string, message: string } | null} failure
 * @property {number} ms
 *
 * @typedef {{ mode: string, modeReason: string, request: Download, client: Download }} Seen
 */

const PROGRAM = readFileSync(new URL('program.mjs', import.meta.url), 'utf8');

/** The file that the program downloads. */
const LEVEL = randomBytes(40_001);
const HASH = createHash('sha256').update(LEVEL).digest('base64');

/**
 * Milliseconds. `failure`: two seconds are promised, of an idle machine. Who does not notice waits for the fifteen that a
 * worker may take to start.
 */
const PATIENCE = { build: 180_000, browser: 60_000, page: 60_000, failure: 10_000 };

/** Where Debian has it; or what the environment names. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export function requireChromium() {
  if (!existsSync(CHROMIUM))
    throw new Error(
      `pages need Chromium, which is not at ${CHROMIUM}: install it, or set CHROMIUM to its path`,
    );
}

/** @type {Promise<Browser> | null} */
let browser = null;

/** One for all pages. */
function theBrowser() {
  browser ??= launch();
  return browser;
}

/** The driver is loaded only now: it takes a second, and other tools need none. */
async function launch() {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'], timeout: PATIENCE.browser });
}

export async function closeBrowser() {
  await (await browser)?.close();
}

/**
 * Has the tool make a page, and opens it where it is isolated and where it is not.
 *
 * @param {PageBuild} build
 * @param {PageWay} way
 * @param {string} project
 * @param {string} folder
 */
export async function checkPage(build, way, project, folder) {
  const works = way !== 'nothing' || build.findsWorker === true;
  mkdirSync(folder);
  writeProject(build, way, project);
  const opened = build.server
    ? await serveProject(build.server(folder), project)
    : await servePage(build, way, project, folder);
  try {
    checkSeen(await look(opened.isolated), 'shared', works);
    checkSeen(await look(opened.plain), 'messages', works);
  } finally {
    opened.close();
  }
  const files = build.server ? 'its own server' : readdirSync(folder).slice(0, 5).join(', ');
  return `${works ? 'works' : 'says what to do'} (${files})`;
}

/**
 * @param {PageBuild} build
 * @param {PageWay} way
 * @param {string} project
 */
function writeProject({ setUp = '' }, way, project) {
  const plain = way === 'file' ? setUp + PROGRAM : PROGRAM;
  const program = way === 'inline' ? PROGRAM.replace("'tickhttp'", "'tickhttp/inline'") : plain;
  mkdirSync(join(project, 'public'), { recursive: true });
  writeFileSync(join(project, 'program.js'), program);
  writeFileSync(join(project, 'index.html'), pageOf('type="module" src="./program.js"'));
  writeFileSync(join(project, 'public/level-7.bin'), LEVEL);
}

const LOADS = { module: 'type="module" src="bundle.js"', script: 'defer src="bundle.js"' };

/** @param {string} attributes of its script */
function pageOf(attributes) {
  return `<!doctype html><title>A page</title><link rel="icon" href="data:,"><script ${attributes}></script>\n`;
}

/**
 * Makes the page, and serves its folder. Nothing of the project can be reached.
 *
 * @param {PageBuild} build
 * @param {PageWay} way
 * @param {string} project
 * @param {string} folder
 */
async function servePage({ script, makes, copyTo }, way, project, folder) {
  const files = join(project, 'node_modules/tickhttp/dist/browser');
  const elsewhere = await serveFolder(files, { 'Access-Control-Allow-Origin': '*' });
  const text = script?.(join(project, 'program.js'), folder, elsewhere) ?? '';
  writeFileSync(join(project, 'build.mjs'), text);
  await run(process.execPath, ['build.mjs'], project, PATIENCE.build);
  if (makes !== 'html') writeFileSync(join(folder, 'index.html'), pageOf(LOADS[makes]));
  if (way === 'file' && copyTo) {
    mkdirSync(dirname(join(folder, copyTo)), { recursive: true });
    copyFileSync(join(files, 'worker.js'), join(folder, copyTo));
  }
  writeFileSync(join(folder, 'level-7.bin'), LEVEL);
  const isolated = await serveFolder(folder, ISOLATION);
  return { isolated, plain: await serveFolder(folder, {}), close() {} };
}

/**
 * Starts the tool's own server.
 *
 * @param {string} script
 * @param {string} project
 */
async function serveProject(script, project) {
  writeFileSync(join(project, 'serve.mjs'), script);
  const server = spawn(process.execPath, ['serve.mjs'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = () => server.kill();
  process.on('exit', end);
  const close = () => {
    process.off('exit', end);
    end();
  };
  const timer = setTimeout(close, PATIENCE.build);
  for await (const line of createInterface(server.stdout)) {
    if (!line.startsWith('[')) continue;
    clearTimeout(timer);
    const [isolated = '', plain = ''] = JSON.parse(line);
    return { isolated, plain, close };
  }
  throw new Error('its server has ended');
}

/**
 * Opens a page, and returns what its program prints.
 *
 * @param {string} url
 * @returns {Promise<Seen>}
 */
async function look(url) {
  const page = await (await theBrowser()).newPage();
  /** @type {string[]} */
  const events = [];
  page.on('console', (message) => events.push(message.text()));
  const thrown = page.waitForEvent('pageerror', { timeout: 0 }).then((error) => Promise.reject(error));
  page.on('requestfailed', (request) => events.push(`${request.url()}: ${request.failure()?.errorText}`));
  try {
    /** @param {ConsoleMessage} message */
    const predicate = (message) => message.text().startsWith('{"mode"');
    const printed = page.waitForEvent('console', { predicate, timeout: PATIENCE.page });
    const [message] = await Promise.all([Promise.race([printed, thrown]), page.goto(url)]);
    return JSON.parse(message.text());
  } catch (error) {
    throw new Error([error instanceof Error ? error.message : error, ...events].join('\n'));
  } finally {
    await page.close();
  }
}

/**
 * @param {Seen} seen
 * @param {'shared' | 'messages'} mode
 * @param {boolean} works
 */
function checkSeen(seen, mode, works) {
  assert.equal(seen.mode, mode, seen.modeReason);
  // Only the build for pages says this.
  assert.match(seen.modeReason, /^the page is (?:not )?cross-origin isolated/);
  for (const { status, responseCode, length, hash, failure, ms } of [seen.request, seen.client]) {
    const said = `${mode}: ${status}, ${responseCode}, ${length} bytes: ${JSON.stringify(failure)}`;
    if (works) assert(responseCode === 200 && hash === HASH && failure === null, said);
    else {
      assert.equal(status, 'CANT_CONNECT', said);
      assert.equal(failure?.code, 'WORKER_NOT_STARTED', said);
      assert.match(failure.message, /workerUrl.*tickhttp\/inline/, said);
      assert(ms < PATIENCE.failure, `${mode}: it took ${ms} ms`);
    }
  }
}
