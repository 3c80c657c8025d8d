/**
 * Puts the modules of each thread into one file: Node takes about half a millisecond to find and load a module, and
 * there are some twenty on each side, one side after the other. tsc has made the modules, and this leaves them in
 * dist/ for the tests; the package has only the two files and the declarations.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

for (const entry of ['main', 'worker']) {
  const file = fileURLToPath(new URL(`../dist/${entry}/index.js`, import.meta.url));
  const bundle = await rolldown({ input: file, platform: 'node', external: Object.keys(dependencies) });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
}
