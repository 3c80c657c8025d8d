import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';

/** @import { Plugin } from 'rolldown' */

const PISCINA = dirname(createRequire(import.meta.url).resolve('piscina'));
const { version } = JSON.parse(readFileSync(join(PISCINA, '../package.json'), 'utf8'));

/**
 * Files that exist only here, by their paths.
 *
 * @param {Record<string, string>} files
 * @returns {Plugin}
 */
export function virtual(files) {
  return {
    name: 'virtual',
    resolveId(id, importer) {
      const path = importer && id.startsWith('.') ? join(dirname(importer), id) : id;
      return path in files ? path : null;
    },
    load: (id) => files[id] ?? null,
  };
}

/**
 * What piscina looks for at run time is fixed here, and the build ends if its text is no longer what is known:
 *
 * - The file of its workers is beside its own: a thread runs what the option `worker` says instead.
 * - The handler of a task is found by a file name: it is the function that `serve()` was given.
 * - `@napi-rs/nice` is an addon, for an option that is not used; package.json is there for the version.
 *
 * @returns {Plugin}
 */
export function patchedPiscina() {
  const FILES = { piscina: join(PISCINA, 'index.js'), 'piscina/worker': join(PISCINA, 'worker.js') };
  /** @type {Record<string, [string | RegExp, string][]>} */
  const CHANGES = {
    [FILES.piscina]: [
      [
        /filename: [^\n]*resolve\)\(__dirname, 'worker\.js'\),/,
        'filename: this.options.worker.entry, eval: this.options.worker.eval,',
      ],
      ['require("../package.json")', JSON.stringify({ version })],
    ],
    [FILES['piscina/worker']]: [
      [
        /async function getHandler\(filename, name\) \{\n.*?\n\}\n/s,
        'let handler;\nexports.serve = (given) => { handler = given; };\nfunction getHandler() { return handler; }\n',
      ],
      [/function getImportESM\(\) \{\n.*?\n\}\n/s, ''],
      ["Promise.resolve().then(() => __importStar(require('@napi-rs/nice')))", 'Promise.resolve()'],
    ],
  };
  return {
    name: 'patched-piscina',
    resolveId: (id) => Reflect.get(FILES, id) ?? null,
    transform(code, id) {
      let text = code;
      for (const [from, to] of CHANGES[id] ?? []) {
        assert.equal(text.split(from).length, 2, `piscina has changed: ${from} is not once in ${id}`);
        text = text.replace(from, () => to);
      }
      return text === code ? null : text;
    },
  };
}

/**
 * Ours that load a package when it is first used have a `require` of their own. Without it the bundler sees
 * what they mean; it runs what was required only then, too.
 *
 * @param {string} folder
 * @returns {Plugin}
 */
export function lazyRequires(folder) {
  return {
    name: 'lazy-requires',
    transform(code, id) {
      if (!id.startsWith(folder)) return null;
      return code.replace(/^const require = createRequire\(import\.meta\.url\);$/m, '');
    },
  };
}

/**
 * Node's own modules, wherever they are required: not every module has a `require`, and in an ES module it costs the
 * caller's start some time to look at all that one of them exports.
 *
 * @returns {Plugin}
 */
export function builtins() {
  return {
    name: 'builtins',
    resolveId: (id) =>
      isBuiltin(id) ? { id: prefixed(id), external: true, moduleSideEffects: false } : null,
    transform: (code, id) => (/\.(?:c?js)$/.test(id) ? direct(code) : null),
    renderChunk: direct,
  };
}

/** @param {string} id */
function prefixed(id) {
  return id.startsWith('node:') ? id : `node:${id}`;
}

/** @param {string} code */
function direct(code) {
  return code.replace(/\brequire\((['"])([^'"]+)\1\)/g, (call, _quote, id) =>
    isBuiltin(id) ? `process.getBuiltinModule("${prefixed(id)}")` : call,
  );
}
