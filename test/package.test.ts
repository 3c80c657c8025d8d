import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Plugin, rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { expect, test } from 'vitest';
import { VERSION } from '../src/shared/version.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIOME = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const CODE_FOLDERS = ['src', 'test', 'bench', 'examples', 'playground', 'scripts'];
/** Tests are lists, and may be longer. */
const MAX_LINES = { src: 300, test: 400 };

const manifest = JSON.parse(read('package.json'));

test('package.json and the source tell the same version', () => {
  expect(VERSION).toBe(manifest.version);
});

test('what comes with the package is chosen with the package', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['comlink', 'piscina']);
  expect(manifest).not.toHaveProperty('peerDependencies');
  expect(manifest).not.toHaveProperty('optionalDependencies');
});

test('the declarations are one file, of what is public and what that is made of', async () => {
  const text = read('dist/main/index.d.cts');
  expect(text).not.toMatch(/^import|\bimport\(|types="node"/m);
  const names = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, name]) => name);
  const inside = names(/^declare (?:abstract )?\w+ (\w+)/gm);
  expect(inside).toEqual([
    'AdjustableClient',
    'AdjustableRequest',
    'Bytes',
    'DownloadSettings',
    'GodotConstants',
    'RequestConstants',
    'ResponseAccessors',
  ]);
  const values = names(/^export declare (?:const|class|function) (\w+)/gm);
  expect(values.sort()).toEqual(Object.keys(await import('tickhttp')).sort());
});

test('no file of code is too long', () => {
  const files = readdirSync(ROOT)
    .filter((name) => CODE_FOLDERS.includes(name))
    .flatMap(codeFiles);
  expect(files.length).toBeGreaterThan(50);
  const most = (file: string) => (file.startsWith('src/') ? MAX_LINES.src : MAX_LINES.test);
  expect(files.filter((file) => read(file).split('\n').length > most(file) + 1)).toEqual([]);
});

test.for([
  'dist/main/index.js',
  'dist/main/index.cjs',
  'dist/main/inline.js',
  'dist/main/inline.cjs',
  'dist/worker/index.cjs',
])('%s imports only what Node has', async (file) => {
  const imported: string[] = [];
  const resolveId = (id: string, importer: string | undefined) => {
    if (importer === undefined) return null;
    imported.push(id);
    return { id, external: true };
  };
  await bundled(join(ROOT, file), { name: 'imports', resolveId });
  expect(imported.filter((id) => !id.startsWith('node:'))).toEqual([]);
  // Nor by a call, which a bundler may be unable to follow.
  const calls = read(file).matchAll(/\b(?:__)?(?:require|import)(?:\.(?:meta\.)?resolve)?\((?!\))[^)]*\)/g);
  expect(Array.from(calls, ([call]) => call)).toEqual([]);
});

test('what a page loads is no larger than docs/browser.md says', () => {
  const sizes = ['dist/browser/index.js', 'dist/browser/worker.js'].map((file) => {
    const { code } = minifySync(file, read(file), { module: true });
    return gzipSync(code, { level: 9 }).length;
  });
  const kilobytes = sizes.reduce((sum, size) => sum + size, 0) / 1000;
  const said = Number(/minified and packed with gzip (\d+) kB/.exec(read('docs/browser.md'))?.[1]);
  expect(kilobytes).toBeLessThanOrEqual(said);
  expect(kilobytes).toBeGreaterThan(said - 2);
});

test.for([
  ['node', 100_000],
  ['browser', 10_000],
] as const)(
  "a bundler that is told `import 'tickhttp/worker'` takes the worker: %s",
  async ([platform, least]) => {
    const entry = join(ROOT, 'entry.js');
    const load = (id: string) => (id === entry ? "import 'tickhttp/worker';" : null);
    const resolveId = (id: string) => (id === entry ? id : null);
    const code = await bundled(entry, { name: 'entry', resolveId, load }, platform);
    expect(code.length).toBeGreaterThan(least);
  },
);

test.for([
  ['tickhttp', 'production', 'index.js'],
  ['tickhttp/browser', 'production', 'index.js'],
  ['tickhttp/inline', 'production', 'inline.js'],
  ['tickhttp/worker', 'production', 'worker.js'],
  // The server of vite up to 7 moves a package's code, and leaves the worker's file behind.
  ['tickhttp', 'development', 'inline.js'],
  ['tickhttp/browser', 'development', 'inline.js'],
] as const)(
  'a bundler for pages that is told to import %s for %s takes dist/browser/%s',
  async ([entry, mode, file]) => {
    const taken: string[] = [];
    const input = join(ROOT, 'entry.js');
    const load = (id: string) => {
      taken.push(id);
      return id === input ? `import * as all from '${entry}'; console.log(all);` : null;
    };
    const resolveId = (id: string) => (id === input ? id : null);
    await bundled(input, { name: 'entry', resolveId, load }, 'browser', mode);
    expect(taken).toEqual([input, join(ROOT, 'dist', 'browser', file)]);
  },
);

async function bundled(
  input: string,
  plugin: Plugin,
  platform: 'node' | 'browser' = 'node',
  mode: 'production' | 'development' = 'production',
): Promise<string> {
  const resolve = { conditionNames: ['import', platform, mode] };
  await using made = await rolldown({ input, platform, plugins: [plugin], resolve });
  const { output } = await made.generate();
  return output[0].code;
}

function codeFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => join(folder, name));
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

const FORBIDDEN: readonly Import[] = [
  ['src/main', '../worker/index.ts'],
  ['src/main', '../worker/http1/parser/bytes.ts'],
  ['src/worker', '../main/link.ts'],
  ['src/main', 'node:net'],
  ['src/main/pool', 'node:os'],
  ['src/main/pool', 'piscina'],
  ['src/main/pool', '../../worker/index.ts'],
  ['src/main/place/node', '../../../worker/index.ts'],
  ['src/worker/http1/parser', '../socket.ts'],
  ['src/worker/http1/parser', '../../../main/link.ts'],
  ['src/worker/http1/parser', 'node:net'],
  ['src/worker/http1/parser', 'comlink'],
  ['src/worker/session', 'node:net'],
  ['src/worker/connection', '../node/network.ts'],
  ['src/worker/valve', 'comlink'],
  ['src/shared', '../main/link.ts'],
  ['src/shared', '../worker/index.ts'],
  ['src/shared', 'node:worker_threads'],
  ['src/shared', 'comlink'],
];

const ALLOWED: readonly Import[] = [
  ['src/main', './link.ts'],
  ['src/main', '../shared/enums.ts'],
  ['src/main/pool', 'comlink'],
  ['src/main/place/node', 'node:net'],
  ['src/main/place/node', 'piscina'],
  ['src/worker', './http1/parser/bytes.ts'],
  ['src/worker', '../shared/enums.ts'],
  ['src/worker/node', 'node:net'],
  ['src/worker/node', '../connection/connection.ts'],
  ['src/worker/http1/parser', './bytes.ts'],
  ['src/shared', './enums.ts'],
];

type Import = readonly [folder: string, specifier: string];

/** A rule of the linter. */
const PORTS = 'scripts/node-ports.grit';

const canLint = spawnSync(process.execPath, [BIOME, '--version']).status === 0;

test.skipIf(!canLint)('the linter holds the borders between the folders', () => {
  expect(refused([...FORBIDDEN, ...ALLOWED])).toEqual(FORBIDDEN.map(String).sort());
});

test.skipIf(!canLint)('and keeps what only Node has, and timers, where they belong', () => {
  const forbidden: readonly Import[] = [
    ['src/main', 'Buffer.alloc(1);'],
    ['src/main/pool', 'process.exit();'],
    ['src/main/connection', 'setTimeout(() => {}, 1);'],
    ['src/main/place', 'setInterval(() => {}, 1);'],
    ['src/shared/log', 'Buffer.alloc(1);'],
    ['src/worker/http1', 'Buffer.alloc(1);'],
    ['src/main/connection', 'new MessageChannel().port1.unref();'],
    ['src/worker/session', "new MessageChannel().port1.on('message', () => {});"],
    ['src/worker/session', 'process.exit();'],
    ['src/worker/connection', 'setImmediate(() => {});'],
  ];
  const allowed: readonly Import[] = [
    ['src/main/place/node', 'process.exit();'],
    ['src/main/connection', 'new Uint8Array(1);'],
    ['src/worker/node', 'setImmediate(() => {});'],
    ['src/worker/node', 'new MessageChannel().port1.unref();'],
    ['src/main/place/node', "new MessageChannel().port1.once('close', () => {});"],
    ['src/worker/session', 'new MessageChannel().port1.onmessage = () => {};'],
  ];
  expect(refused([...forbidden, ...allowed], (code) => code)).toEqual(forbidden.map(String).sort());
});

/** Those of `imports` that the linter refuses, each tried in a file of its own, far from the real ones. */
function refused(
  imports: readonly Import[],
  write = (specifier: string) => `import '${specifier}';`,
): string[] {
  const copy = mkdtempSync(join(tmpdir(), 'tickhttp-borders-'));
  try {
    for (const file of ['biome.json', '.gitignore', PORTS]) cpSync(join(ROOT, file), join(copy, file));
    imports.forEach(([folder, specifier], index) => {
      mkdirSync(join(copy, folder), { recursive: true });
      writeFileSync(join(copy, folder, `${index}.ts`), `${write(specifier)}\n`);
    });
    const args = ['lint', '--reporter=github', '--max-diagnostics=200'];
    const { stdout } = spawnSync(process.execPath, [BIOME, ...args], { cwd: copy, encoding: 'utf8' });
    const files = stdout.matchAll(/(?:noRestricted|title=plugin).*?(\d+)\.ts,line=/g);
    return Array.from(files, ([, index]) => String(imports[Number(index)])).sort();
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
