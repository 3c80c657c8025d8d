/**
 * Makes the files that the package has, of the modules that tsc has made; those stay in dist/ for the tests.
 *
 * - `worker/index.cjs`: all that a worker thread runs, piscina's part and the other packages included. Wherever
 *   it is copied to it works, since it looks for no other file. Its Node modules come from
 *   `process.getBuiltinModule()`, so it is a CommonJS module, an ES module and a script for `eval` alike.
 * - `main/index.js`: the caller's side, with piscina and comlink. The text that a thread starts with is in it.
 * - `main/inline.js`: the same, with the whole worker as a text besides.
 *
 * Fewer files are faster, too: Node takes about half a millisecond to find and load a module.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { builtins, lazyRequires, patchedPiscina, virtual } from './bundle-plugins.mjs';
import { licencesOf } from './licences.mjs';

const ENTRY = `
import { serve } from 'piscina/worker';
import open from './index.js';
import { requireSameVersion } from './same-version.js';
requireSameVersion();
serve(open);
`;

/**
 * Statements of its own, none of them visible to others.
 *
 * @type {import('rolldown').OutputOptions}
 */
const SCRIPT = { format: 'cjs', comments: false, intro: '(() => {', outro: '})();', exports: 'none' };

const MINIFIED = { compress: false, mangle: false };

const start = await bundle('worker/first.js', SCRIPT);
const worker = await bundle('worker/entry.js', SCRIPT, { 'worker/entry.js': ENTRY });
const main = await bundle('main/index.js', { format: 'esm' }, texts(start.code, ''));
const inline = await bundle('main/inline.js', { format: 'esm' }, texts(start.code, worker.code));
for (const { code } of [start, worker]) assert.doesNotMatch(code, /\brequire\(|\bimport\(|^import\b/m);
for (const { code } of [main, inline])
  assert.doesNotMatch(code, /\b__require\b|__dirname|^import .*createRequire/m);

write('worker/index.cjs', worker.code);
write('main/index.js', main.code);
write('main/inline.js', inline.code);
write('THIRD-PARTY-LICENSES', licencesOf([...worker.moduleIds, ...main.moduleIds]));

/**
 * Their names stay, for the sake of the stacks of errors; nobody reads them.
 *
 * @param {string} start
 * @param {string} worker
 */
function texts(start, worker) {
  const code = Object.entries({ START: start, WORKER: worker }).map(
    ([name, text]) => `export const ${name} = ${JSON.stringify(minifySync(name, text, MINIFIED).code)};`,
  );
  return { 'main/worker-text.js': code.join('\n') };
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
