/**
 * Puts the modules of each thread into one file: Node takes about half a millisecond to find and load a module, and
 * there are some twenty on each side, one side after the other. What a worker preloads must be CommonJS
 * besides. tsc has made the modules, and this leaves them in dist/ for the tests; the package has only these
 * files and the declarations.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

await bundle('main/index.js', 'main/index.js', 'esm');
await bundle('worker/index.js', 'worker/index.js', 'esm');
await bundle('worker/first.js', 'worker/first.cjs', 'cjs');

/**
 * @param {string} entry
 * @param {string} output
 * @param {'esm' | 'cjs'} format
 */
async function bundle(entry, output, format) {
  const input = fileURLToPath(new URL(`../dist/${entry}`, import.meta.url));
  const file = fileURLToPath(new URL(`../dist/${output}`, import.meta.url));
  const made = await rolldown({ input, platform: 'node', external: Object.keys(dependencies) });
  await made.write({ file, format });
  await made.close();
}
