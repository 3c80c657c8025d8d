import { basename, join } from 'node:path';
import { text } from '../builds.mjs';
import { parcelScript } from '../parcel.mjs';
import { ISOLATION } from './site.mjs';

/**
 * The tools that make pages, and for each what docs/bundlers.md says of it. The project has index.html, program.js and a
 * folder `public`. `script` returns the text of a program that makes the page of them: it runs in the project, where the
 * tool is installed.
 *
 * `inline`: tickhttp/inline. `nothing`: the plain import and no more. `file`: the plain import, and the worker's file
 * where the docs say.
 *
 * @typedef {'inline' | 'nothing' | 'file'} PageWay
 *
 * @typedef {object} PageBuild
 * @property {string[]} packages
 * @property {'module' | 'script' | 'html'} makes what the page loads; `html`: the tool makes the page as well
 * @property {boolean} [findsWorker] the plain import is enough
 * @property {boolean} [inCI]
 * @property {readonly PageWay[]} [ways] default: all of them
 * @property {string} [copyTo] the way `file`: where the worker's file is copied to, as seen from the page
 * @property {string} [setUp] the way `file`: what the program begins with
 * @property {(input: string, output: string, cdn: string) => string} [script]
 * @property {(output: string) => string} [server] in place of `script`, the text of a program that serves the page. It
 * prints the URLs as JSON: where it is isolated, and where it is not
 */

/** @type {{ makes: 'html', findsWorker: true, setUp: string }} */
const VITE = {
  makes: 'html',
  findsWorker: true,
  setUp: `
    import workerUrl from 'tickhttp/worker?url';
    WorkerPool.default = new WorkerPool({ workerUrl });`,
};

/** @type {{ makes: 'script', findsWorker: true, ways: PageWay[] }} */
const WEBPACK = { makes: 'script', findsWorker: true, ways: ['inline', 'nothing'] };

/** @type {Record<string, PageBuild>} */
export const PAGE_BUILDS = {
  'page, vite, dev': { ...VITE, packages: ['vite'], inCI: true, server: (output) => viteDev('vite', output) },
  'page, vite, build': { ...VITE, packages: ['vite'], inCI: true, script: viteBuild },
  'page, vite 7, dev': {
    ...VITE,
    packages: ['vite-7@npm:vite@7'],
    server: (output) => viteDev('vite-7', output),
  },
  'page, webpack': {
    ...WEBPACK,
    packages: ['webpack'],
    inCI: true,
    script: (input, output) => `
      import webpack from 'webpack';
      ${packed('webpack', input, output, 'optimization: { minimize: false },')}`,
  },
  'page, esbuild, ES module': {
    packages: ['esbuild'],
    makes: 'module',
    inCI: true,
    copyTo: 'worker.js',
    script: (input, output) => esbuild(input, output, 'esm'),
  },
  'page, esbuild, script': {
    packages: ['esbuild'],
    makes: 'script',
    inCI: true,
    copyTo: 'workers/tickhttp.js',
    setUp: "WorkerPool.default = new WorkerPool({ workerUrl: 'workers/tickhttp.js' });",
    script: (input, output) => esbuild(input, output, 'iife'),
  },
  'page, rolldown': {
    packages: ['rolldown'],
    makes: 'module',
    inCI: true,
    copyTo: 'worker.js',
    script: (input, output) => `
      import { rolldown } from 'rolldown';
      const made = await rolldown({ input: ${text(input)}, platform: 'browser' });
      await made.write({ file: ${text(join(output, 'bundle.js'))} });`,
  },
  'page, rollup': {
    packages: ['rollup', '@rollup/plugin-node-resolve'],
    makes: 'module',
    copyTo: 'worker.js',
    script: (input, output) => `
      import { rollup } from 'rollup';
      import { nodeResolve } from '@rollup/plugin-node-resolve';
      const made = await rollup({ input: ${text(input)}, plugins: [nodeResolve({ browser: true })] });
      await made.write({ file: ${text(join(output, 'bundle.js'))} });`,
  },
  'page, rspack': {
    ...WEBPACK,
    packages: ['@rspack/core'],
    script: (input, output) => `
      import { rspack } from '@rspack/core';
      ${packed('rspack', input, output)}`,
  },
  'page, rsbuild': {
    ...WEBPACK,
    packages: ['@rsbuild/core'],
    makes: 'html',
    script: (input, output) => `
      import { createRsbuild } from '@rsbuild/core';
      const source = { entry: { index: ${text(input)} } };
      const output = { distPath: { root: ${text(output)} } };
      await (await createRsbuild({ rsbuildConfig: { source, output } })).build();`,
  },
  'page, parcel': {
    packages: ['parcel'],
    makes: 'html',
    findsWorker: true,
    ways: ['inline', 'nothing'],
    script: parcel,
  },
  'page, no bundler, same origin': {
    packages: [],
    makes: 'html',
    findsWorker: true,
    inCI: true,
    ways: ['inline', 'nothing'],
    script: (input, output) => `
      import { cpSync } from 'node:fs';
      cpSync('node_modules/tickhttp/dist/browser', ${text(join(output, 'tickhttp'))}, { recursive: true });
      ${importMap(input, output, './tickhttp')}`,
  },
  'page, no bundler, another origin': {
    packages: [],
    makes: 'html',
    findsWorker: true,
    inCI: true,
    ways: ['inline', 'nothing'],
    script: importMap,
  },
};

/** @type {(input: string, output: string, format: string) => string} */
function esbuild(input, output, format) {
  return `
    import { build } from 'esbuild';
    await build({
      entryPoints: [${text(input)}],
      outfile: ${text(join(output, 'bundle.js'))},
      bundle: true,
      format: '${format}',
      logLevel: 'error',
    });`;
}

/** @type {(input: string, output: string) => string} */
function viteBuild(_input, output) {
  return `
    import { build } from 'vite';
    await build({ configFile: false, logLevel: 'error', build: { outDir: ${text(output)} } });`;
}

/**
 * Each server has a cache of its own: they run at the same time.
 *
 * @param {string} vite
 * @param {string} output
 */
function viteDev(vite, output) {
  return `
    import { createServer } from '${vite}';
    const open = async (headers, name) => {
      const server = await createServer({
        configFile: false,
        logLevel: 'error',
        cacheDir: 'node_modules/.vite-${basename(output)}-' + name,
        server: { host: '127.0.0.1', port: 0, headers },
      });
      await server.listen();
      return server.resolvedUrls.local[0];
    };
    console.log(JSON.stringify([await open(${text(ISOLATION)}, 'isolated'), await open({}, 'plain')]));`;
}

/**
 * webpack's own minifier takes longer than everything else here; what vite and rspack make is minified.
 *
 * @type {(tool: string, input: string, output: string, others?: string) => string}
 */
function packed(tool, input, output, others = '') {
  return `
    const stats = await new Promise((done, fail) => ${tool}({
      mode: 'production',
      entry: ${text(input)},
      ${others}
      output: { path: ${text(output)}, filename: 'bundle.js' },
    }, (error, result) => (error ? fail(error) : done(result))));
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));`;
}

/** @type {(input: string, output: string) => string} */
function parcel(_input, output) {
  const targets = { page: { distDir: output } };
  return parcelScript({ entries: 'index.html', mode: 'production', targets });
}

/**
 * @param {string} input
 * @param {string} output
 * @param {string} folder the URL of the package's files for pages
 */
function importMap(input, output, folder) {
  const imports = { tickhttp: `${folder}/index.js`, 'tickhttp/inline': `${folder}/inline.js` };
  const page = `<!doctype html>
    <link rel="icon" href="data:,">
    <script type="importmap">${text({ imports })}</script>
    <script type="module" src="program.js"></script>`;
  return `
    import { copyFileSync, writeFileSync } from 'node:fs';
    copyFileSync(${text(input)}, ${text(join(output, 'program.js'))});
    writeFileSync(${text(join(output, 'index.html'))}, ${text(page)});`;
}
