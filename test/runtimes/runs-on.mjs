import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Is imported by the programs, and is none. */
const LIBRARY = 'loop.mjs';

/**
 * The programs in a folder, and the kinds of runtimes that the first line of each names. Throws for any other first
 * line: the program would be run nowhere, and nobody would notice.
 *
 * @param {string} folder
 * @param {ReadonlySet<string>} kinds
 * @returns {Map<string, readonly string[]>}
 */
export function readPrograms(folder, kinds) {
  const names = readdirSync(folder).filter((name) => name !== LIBRARY);
  return new Map(names.map((name) => [name, runsOn(name, readFileSync(join(folder, name), 'utf8'), kinds)]));
}

/**
 * @param {string} name
 * @param {string} text
 * @param {ReadonlySet<string>} kinds
 */
function runsOn(name, text, kinds) {
  const [line = ''] = text.split(/\r?\n/);
  const named = /^\/\/ Runs on: (.+)$/.exec(line)?.[1]?.split(', ') ?? [];
  if (named.length > 0 && named.every((kind) => kinds.has(kind))) return named;
  const wanted = `"// Runs on: " and some of ${[...kinds].join(', ')}`;
  throw new Error(`${name} must begin with ${wanted}, not with ${JSON.stringify(line)}`);
}
