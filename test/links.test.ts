import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Page, readPage } from './support/markdown.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['docs', 'examples', 'test', 'bench'];
const NOT_OURS = /(^|\/)node_modules\/|^docs\/site\//;

const pages = new Map<string, Page>(
  [...markdownIn('.', false), ...FOLDERS.flatMap((folder) => markdownIn(folder, true))].map((name) => [
    name,
    readPage(readFileSync(join(ROOT, name), 'utf8')),
  ]),
);

describe('a page as GitHub shows it', () => {
  test('has anchors for its headings, and links outside of code', () => {
    const text = [
      '# The `poll()` of *Godot*, 4.x\n\n## Same\n\n## Same\n\n## Host: port & path_name',
      '[a](b.md#c "title") `[no](code.md)` ![picture](d.svg) [e][ref]',
      '```md\n[no](code.md)\n# no heading\n```',
      '<a id="by-hand"></a><img src="e.svg">\n\n[ref]: f.md',
      '| [in](g.md) |\n|---|\n| [a table](h.md) |',
    ].join('\n\n');
    const { links, anchors } = readPage(text);
    const headings = ['the-poll-of-godot-4x', 'same', 'same-1', 'host-port--path_name'];
    expect([...anchors].sort()).toEqual([...headings, 'by-hand'].sort());
    expect([...links].sort()).toEqual(['b.md#c', 'd.svg', 'e.svg', 'f.md', 'g.md', 'h.md']);
  });
});

describe('the links of the documents lead somewhere', () => {
  test('there are many', () => {
    expect(Array.from(pages.values()).flatMap(({ links }) => links).length).toBeGreaterThan(300);
  });

  test.each(Array.from(pages.keys()))('%s', (name) => {
    const links = pages.get(name)?.links ?? [];
    expect(links.map((link) => flawOf(name, link)).filter((flaw) => flaw !== null)).toEqual([]);
  });
});

/** What is wrong with a link on a page. */
function flawOf(name: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [path = '', anchor] = link.split('#').map(decodeURIComponent);
  const target = path === '' ? name : posix.join(posix.dirname(name), path);
  if (path.startsWith('/') || target.startsWith('..')) return `${link} leads out of the repository`;
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined) return null;
  const found = pages.get(target)?.anchors.has(anchor) ?? /^L\d+/.test(anchor);
  return found ? null : `${link}: ${target} has no heading for it`;
}

function markdownIn(folder: string, recursive: boolean): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((name) => name.endsWith('.md') && !NOT_OURS.test(name) && statSync(join(ROOT, name)).isFile());
}
