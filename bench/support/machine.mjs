import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';

/** Peers that are packages. */
const PACKAGES = ['undici', 'comlink', 'synckit'];

const require = createRequire(import.meta.url);

/** "2 cores, AMD EPYC" */
export function machine() {
  return `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`;
}

/**
 * What was measured, by name.
 * @returns {Record<string, string>}
 */
export function versions() {
  const packages = PACKAGES.map((name) => [name, versionOf(name)]);
  return { Node: process.versions.node, ...Object.fromEntries(packages) };
}

/**
 * Not every package lets its package.json be imported, so it is looked for above the main file.
 * @param {string} name
 */
function versionOf(name) {
  const main = require.resolve(name);
  const folder = main.slice(0, main.lastIndexOf(`node_modules/${name}/`));
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(`${folder}node_modules/${name}/package.json`, 'utf8'));
  return version;
}
