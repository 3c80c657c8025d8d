/** Every link of the built site leads to a page that is there, and to an element of it. Ends with status 1 if not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SITE = fileURLToPath(new URL('dist', import.meta.url));
const BASE = process.env.DOCS_BASE ?? '/';

const pages = new Map(
  readdirSync(SITE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => [name.replaceAll('\\', '/'), readFileSync(join(SITE, name), 'utf8')]),
);
const ids = new Map(
  Array.from(pages, ([name, html]) => [
    name,
    new Set(Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id]) => id)),
  ]),
);

let count = 0;
const dead = [];
for (const [name, html] of pages) {
  const links = new Set(Array.from(html.matchAll(/\s(?:href|src)="([^"]+)"/g), ([, link]) => String(link)));
  for (const link of links) {
    const url = new URL(link.replaceAll('&amp;', '&'), `http://site${BASE}${name}`);
    if (url.host !== 'site') continue;
    count += 1;
    if (!leadsSomewhere(url)) dead.push(`${name}: ${link}`);
  }
}
console.log(`${pages.size} pages, ${count} links, ${dead.length} of them dead`);
if (dead.length > 0) {
  console.error(dead.join('\n'));
  process.exitCode = 1;
}

/** @param {URL} url */
function leadsSomewhere({ pathname, hash }) {
  if (!pathname.startsWith(BASE)) return false;
  const path = decodeURIComponent(pathname.slice(BASE.length)).replace(/(^|\/)$/, '$1index.html');
  if (!existsSync(join(SITE, path))) return false;
  return hash === '' || ids.get(path)?.has(decodeURIComponent(hash.slice(1))) === true;
}
