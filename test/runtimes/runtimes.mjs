import { join } from 'node:path';

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} kind as the programs name it
 * @property {string} install what npm is asked for; each has a name of its own
 * @property {(modules: string, program: string) => string[]} command
 */

/**
 * What docs/runtimes.md names.
 *
 * @type {Record<string, string[]>}
 */
const MORE_PERMISSIONS = {
  'worker-death.mjs': ['read'],
  'unix-socket.mjs': ['read', 'write'],
  'whole-requests.mjs': ['read', 'write'],
};

/** @type {readonly Runtime[]} */
export const RUNTIMES = [
  ...['20.19.0', '20', '22', '24', '26'].map(node),
  bun('1.4.0', 'Bun'),
  bun('1', 'Bun'),
  bun('1.3.14', 'old Bun'),
  {
    name: 'Deno 2',
    kind: 'Deno',
    install: 'deno@2',
    command: (modules, program) => [
      join(modules, 'deno', 'deno'),
      'run',
      '--no-prompt',
      ...['net', 'env', ...(MORE_PERMISSIONS[program] ?? [])].map((name) => `--allow-${name}`),
    ],
  },
];

/** @type {(version: string) => Runtime} */
function node(version) {
  const alias = `node-${version}`;
  return {
    name: `Node ${version}`,
    kind: 'Node',
    install: `${alias}@npm:node@${version}`,
    command: (modules) => [join(modules, alias, 'bin', 'node')],
  };
}

/** @type {(version: string, kind: string) => Runtime} */
function bun(version, kind) {
  const alias = `bun-${version}`;
  return {
    name: `Bun ${version}`,
    kind,
    install: `${alias}@npm:bun@${version}`,
    command: (modules) => [join(modules, alias, 'bin', 'bun.exe')],
  };
}
