/**
 * Makes the files that the package has, of the modules that tsc has made; those stay in dist/ for the tests.
 *
 * - `worker/index.cjs`: all that a worker thread runs, piscina's part and the other packages included. Wherever
 *   it is copied to it works, since it looks for no other file. Its Node modules come from
 *   `process.getBuiltinModule()`, so it is a CommonJS module, an ES module and a script for `eval` alike.
 * - `main/index.js`: the caller's side, with piscina and comlink. The text that a thread starts with is in it.
 * - `main/inline.js`: the same, with the whole worker as a text besides.
 * - `main/index.cjs`, `main/inline.cjs`: these two for programs that are CommonJS.
 * - `browser/index.js`, `browser/worker.js`: the page's side, and all that a page's worker runs. ES modules.
 * - `browser/inline.js`: the page's side with the whole worker as a text.
 *
 * Fewer files are faster, too: Node takes about half a millisecond to find and load a module.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { builtins, lazyRequires, patchedPiscina, virtual } from './bundle-plugins.mjs';
import { licencesOf } from './licences.mjs';

const ENTRY = `
import { serve } from 'piscina/worker';
import open from './index.js';
import { checkIn } from './check-in.js';
checkIn();
serve(open);
`;

/** @type {import('rolldown').OutputOptions} */
const SCRIPT = { format: 'cjs', comments: false, exports: 'none' };

/**
 * No comments with the names of modules: they take 30 kB in all files together.
 *
 * @type {{ attachDebugInfo: 'none' }}
 */
const QUIET = { attachDebugInfo: 'none' };

const start = script(await bundle('worker/node/first.js', SCRIPT));
const worker = script(await bundle('worker/node/entry.js', SCRIPT, { 'worker/node/entry.js': ENTRY }));
for (const { code } of [start, worker]) assert.doesNotMatch(code, /\brequire\(|\bimport\(|^import\b/m);
const main = await mainSide('main/index', texts(start.code, ''));
const inline = await mainSide('main/inline', texts(start.code, worker.code));

const pageWorker = await forPages('worker/browser/index.js');
const page = await pageSide();
const pageInline = await pageSide({
  'main/place/browser/own-worker.js': "export { startOwn } from './inline-worker.js';",
  'main/place/browser/worker-text.js': textModule('WORKER', classic(pageWorker.code)),
});

// The last bundle is made: what is written now replaces its input.
write('worker/index.cjs', worker.code);
for (const [name, code] of Object.entries({ ...main.files, ...inline.files })) write(name, code);
mkdirSync(dist('browser'), { recursive: true });
write('browser/index.js', page.code);
write('browser/inline.js', pageInline.code);
write('browser/worker.js', pageWorker.code);
write('THIRD-PARTY-LICENSES', licencesOf([...worker.moduleIds, ...main.moduleIds]));

/**
 * Statements of its own, none of them visible to others.
 *
 * @param {Awaited<ReturnType<typeof bundle>>} chunk
 */
function script({ code, moduleIds }) {
  return { code: `(() => {\n${code}})();\n`, moduleIds };
}

/**
 * The same for a page's worker, as a script that is no module: a page of an opaque origin starts no other. What only a
 * module may have (`import`, `export`, `import.meta`, `await` outside of functions) ends the build.
 *
 * @param {string} code
 */
function classic(code) {
  const { code: text } = minifySync('worker.cjs', `'use strict';\n(() => {\n${code}})();\n`);
  assert.match(text, /^["']use strict["'];/);
  assert.doesNotMatch(text, /\bimport\(/);
  new Script(text);
  return text;
}

/**
 * In both formats.
 *
 * @param {string} name
 * @param {Record<string, string>} texts
 */
async function mainSide(name, texts) {
  const common = await bundle(
    `${name}.js`,
    { format: 'cjs', strict: true, comments: { legal: false, annotation: true, jsdoc: false } },
    texts,
  );
  const module = await bundle(
    `${name}.js`,
    { format: 'esm', comments: { legal: false, annotation: true, jsdoc: false } },
    texts,
  );
  assert.doesNotMatch(module.code, /\b__require\b|__dirname|^import .*createRequire/m);
  const files = { [`${name}.cjs`]: common.code, [`${name}.js`]: module.code };
  return { files, moduleIds: module.moduleIds };
}

/** @param {Record<string, string>} [files] in place of those that tsc has made */
function pageSide(files = {}) {
  return forPages('main/index.js', {
    'main/place/here.js': "export { place } from './browser/browser.js';",
    ...files,
  });
}

/**
 * One file for browsers, which imports nothing.
 *
 * @param {string} entry
 * @param {Record<string, string>} [files] in place of those that tsc has made
 */
async function forPages(entry, files = {}) {
  const replaced = Object.entries(files).map(([name, code]) => [dist(name), code]);
  const made = await rolldown({
    input: dist(entry),
    platform: 'browser',
    experimental: QUIET,
    // The name alone makes some bundlers add a `Buffer` of their own, and a copy with that is slow.
    transform: { define: { Buffer: 'undefined' } },
    plugins: [virtual(Object.fromEntries(replaced))],
  });
  const { output: chunks } = await made.generate({
    format: 'esm',
    codeSplitting: false,
    comments: { legal: false, annotation: true, jsdoc: false },
  });
  await made.close();
  const [chunk, ...others] = chunks;
  assert.deepEqual(others, [], 'one file each');
  assert.doesNotMatch(chunk.code, /^import\b|\brequire\(|node:|\bBuffer\b/m);
  return chunk;
}

/**
 * Nobody reads them. The names of functions and classes stay, for the sake of the stacks of errors.
 *
 * @param {string} start
 * @param {string} worker
 */
function texts(start, worker) {
  const code = Object.entries({ START: start, WORKER: worker }).map(([name, text]) =>
    textModule(name, minifySync(name, text, { compress: false, mangle: { keepNames: true } }).code),
  );
  return { 'main/place/node/worker-text.js': code.join('\n') };
}

/**
 * Exports a text.
 *
 * @param {string} name
 * @param {string} text
 */
function textModule(name, text) {
  return `export const ${name} = ${JSON.stringify(text)};`;
}

/**
 * @param {string} entry
 * @param {import('rolldown').OutputOptions} output
 * @param {Record<string, string>} [files] in place of those that tsc has made
 */
async function bundle(entry, output, files = {}) {
  const replaced = Object.entries(files).map(([name, code]) => [dist(name), code]);
  const made = await rolldown({
    input: dist(entry),
    platform: 'node',
    experimental: QUIET,
    plugins: [virtual(Object.fromEntries(replaced)), patchedPiscina(), lazyRequires(dist('')), builtins()],
  });
  const { output: chunks } = await made.generate({ ...output, codeSplitting: false });
  await made.close();
  const [chunk, ...others] = chunks;
  assert.deepEqual(others, [], 'one file each');
  return chunk;
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  writeFileSync(dist(name), text);
}

/** @param {string} name */
function dist(name) {
  return fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
}
