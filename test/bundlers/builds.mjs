import { join } from 'node:path';
import { parcelScript } from './parcel.mjs';

/**
 * The tools, and for each the line of configuration that docs/bundlers.md names. `script` returns the text of a program
 * that makes the bundle: it runs in the project, where the tool is installed.
 *
 * @typedef {'inline' | 'workerUrl' | 'nothing'} Way
 *
 * @typedef {object} Build
 * @property {string[]} packages
 * @property {'mjs' | 'cjs'} format of the bundle
 * @property {boolean} [findsWorker] it puts the worker beside the bundle by itself
 * @property {boolean} [inCI]
 * @property {readonly Way[]} [ways] default: all of them
 * @property {string} [workerUrl] as the program says it
 * @property {(input: string, output: string) => string} script
 * @property {(project: string) => string[]} [command] what runs it; default: Node, the bundle
 * @property {boolean} [inProject] it is run where it was made, and with the package installed
 */

/** The worker's file lies beside the bundle. */
const BESIDE = {
  mjs: "new URL('./worker.cjs', import.meta.url)",
  cjs: "join(__dirname, 'worker.cjs')",
};

/** @type {Record<string, Build>} */
export const BUILDS = {
  'esbuild, ES module': {
    packages: ['esbuild'],
    format: 'mjs',
    workerUrl: BESIDE.mjs,
    inCI: true,
    script: (input, output) => esbuild(input, output, 'esm'),
  },
  'esbuild, CommonJS': {
    packages: ['esbuild'],
    format: 'cjs',
    workerUrl: BESIDE.cjs,
    inCI: true,
    script: (input, output) => esbuild(input, output, 'cjs'),
  },
  'rolldown, ES module': {
    packages: ['rolldown'],
    format: 'mjs',
    workerUrl: BESIDE.mjs,
    inCI: true,
    script: (input, output) => rolldown(input, output, 'esm'),
  },
  'rolldown, CommonJS': {
    packages: ['rolldown'],
    format: 'cjs',
    workerUrl: BESIDE.cjs,
    inCI: true,
    script: (input, output) => rolldown(input, output, 'cjs'),
  },
  'vite, ssr': {
    packages: ['vite'],
    format: 'mjs',
    workerUrl: BESIDE.mjs,
    inCI: true,
    script: (input, output) => `
      import { build } from 'vite';
      await build({
        logLevel: 'error',
        configFile: false,
        ssr: { noExternal: true },
        build: {
          ssr: ${text(input)},
          outDir: ${text(join(output, '..'))},
          emptyOutDir: false,
          rolldownOptions: { output: { entryFileNames: 'bundle.mjs' } },
        },
      });`,
  },
  'webpack, CommonJS': {
    packages: ['webpack'],
    format: 'cjs',
    workerUrl: "new URL('tickhttp/worker', import.meta.url)",
    inCI: true,
    findsWorker: true,
    script: (input, output) => webpack(input, output, "library: { type: 'commonjs2' }"),
  },
  'webpack, ES module': {
    packages: ['webpack'],
    format: 'mjs',
    workerUrl: "new URL('tickhttp/worker', import.meta.url)",
    inCI: true,
    findsWorker: true,
    script: (input, output) =>
      webpack(
        input,
        output,
        "module: true, library: { type: 'module' }",
        'experiments: { outputModule: true },',
      ),
  },
  'rollup, ES module': {
    packages: ['rollup', '@rollup/plugin-node-resolve'],
    format: 'mjs',
    workerUrl: BESIDE.mjs,
    script: (input, output) => rollup(input, output, 'es'),
  },
  'rollup, CommonJS': {
    packages: ['rollup', '@rollup/plugin-node-resolve'],
    format: 'cjs',
    workerUrl: BESIDE.cjs,
    script: (input, output) => rollup(input, output, 'cjs'),
  },
  parcel: {
    packages: ['parcel'],
    format: 'cjs',
    workerUrl: "new URL('tickhttp/worker', import.meta.url)",
    findsWorker: true,
    ways: ['inline', 'nothing'],
    script: parcel,
  },
  'bun build, ES module': {
    packages: ['bun@1'],
    format: 'mjs',
    workerUrl: BESIDE.mjs,
    script: (input, output) => `
      import { execFileSync } from 'node:child_process';
      execFileSync('node_modules/bun/bin/bun.exe', ['build', '--target=node', ${text(input)}, '--outfile', ${text(output)}]);`,
  },
  ncc: {
    packages: ['@vercel/ncc'],
    format: 'mjs',
    workerUrl: "new URL('tickhttp/worker', import.meta.url)",
    findsWorker: true,
    script: (input, output) => `
      import { writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      import ncc from '@vercel/ncc';
      const { code, assets } = await ncc(${text(input)}, { quiet: true });
      writeFileSync(${text(output)}, code);
      for (const [name, { source }] of Object.entries(assets))
        writeFileSync(join(${text(join(output, '..'))}, name), source);`,
  },
};

/** @param {unknown} value */
export function text(value) {
  return JSON.stringify(value);
}

/** @type {(input: string, output: string, format: string) => string} */
export function esbuild(input, output, format) {
  return `
    import { build } from 'esbuild';
    await build({
      entryPoints: [${text(input)}],
      outfile: ${text(output)},
      bundle: true,
      platform: 'node',
      format: '${format}',
      logLevel: 'error',
    });`;
}

/** @type {(input: string, output: string, format: string) => string} */
function rolldown(input, output, format) {
  return `
    import { rolldown } from 'rolldown';
    const made = await rolldown({ input: ${text(input)}, platform: 'node' });
    await made.write({ file: ${text(output)}, format: '${format}' });`;
}

/** @type {(input: string, output: string, format: string) => string} */
function rollup(input, output, format) {
  return `
    import { rollup } from 'rollup';
    import { nodeResolve } from '@rollup/plugin-node-resolve';
    const made = await rollup({ input: ${text(input)}, plugins: [nodeResolve({ exportConditions: ['node'] })] });
    await made.write({ file: ${text(output)}, format: '${format}' });`;
}

/** @type {(input: string, output: string) => string} */
function parcel(input, output) {
  const bundle = {
    context: 'node',
    engines: { node: '>=20' },
    outputFormat: 'commonjs',
    includeNodeModules: true,
    distDir: join(output, '..'),
    distEntry: 'bundle.cjs',
  };
  return parcelScript({ entries: input, targets: { bundle } });
}

/** @type {(input: string, output: string, kind: string, others?: string) => string} */
function webpack(input, output, kind, others = '') {
  return `
    import webpack from 'webpack';
    const stats = await new Promise((done, fail) => webpack({
      mode: 'production',
      target: 'node20',
      entry: ${text(input)},
      ${others}
      output: { path: ${text(join(output, '..'))}, filename: 'bundle${output.slice(-4)}', ${kind} },
    }, (error, result) => (error ? fail(error) : done(result))));
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));`;
}
