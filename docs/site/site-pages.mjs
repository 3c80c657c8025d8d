import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const PAGES = fileURLToPath(new URL('pages', import.meta.url));

/** Pages of the repository that are pages of the site, and their names there: a README is the index of its folder. */
export const SITE_PAGES = new Map(
  ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'examples/README.md', ...pagesIn('docs')]
    .filter((name) => existsSync(join(REPOSITORY, name)))
    .map((name) => [name, name.replace(/README\.md$/, 'index.md')]),
);

/** @param {string} folder */
function pagesIn(folder) {
  return readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** @param {string} name Of a file in `pages`. */
export function titleOf(name) {
  const [, title = name] = /^# (.+)$/m.exec(readFileSync(join(PAGES, name), 'utf8')) ?? [];
  return title.replaceAll('`', '').replaceAll('\\', '');
}

/** @type {{ description: string, repository?: string | { url: string } }} */
export const MANIFEST = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));

/**
 * Where a file of the repository can be read, or null if package.json does not tell.
 *
 * @param {string} name
 */
export function sourceUrl(name) {
  const { repository } = MANIFEST;
  if (repository === undefined) return null;
  const url = typeof repository === 'string' ? repository : repository.url;
  const [, owner] = /([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(url) ?? [];
  const kind = statSync(join(REPOSITORY, name)).isDirectory() ? 'tree' : 'blob';
  return `https://github.com/${owner}/${kind}/HEAD/${name}`;
}
