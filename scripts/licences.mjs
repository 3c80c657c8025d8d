import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/**
 * The licences of the packages that the modules are from, each under its package's name.
 *
 * @param {readonly string[]} modules paths
 */
export function licencesOf(modules) {
  const folders = new Set(modules.flatMap((path) => FOLDER.exec(path) ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const [file] = readdirSync(folder).filter((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} comes without the text of its licence`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  const head = 'The files of this package contain code of these others:\n';
  return [head, ...texts].join(`\n${'-'.repeat(80)}\n\n`);
}
