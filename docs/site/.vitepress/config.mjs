import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { repositoryLinks } from '../repository-links.mjs';
import { MANIFEST, PAGES, SITE_PAGES, titleOf } from '../site-pages.mjs';

/** Below a path of a host, for example /tickhttp/. */
const base = process.env.DOCS_BASE ?? '/';

/** @param {string} name */
const item = (name) => ({ text: titleOf(name), link: `/${name.replace(/(index)?\.md$/, '')}` });

/** @param {string[]} names */
const items = (names) => names.filter((name) => existsSync(join(PAGES, name))).map(item);

/** @param {string[]} names */
const docs = (names) => names.map((name) => `docs/${name}.md`);

const CLASSES = docs(['http-request', 'http-client', 'stream-peer', 'tls-options', 'worker-pool']);
const TOPICS = docs(['options', 'proxies', 'errors', 'godot']);
const PLACES = docs(['bundlers', 'runtimes', 'electron']);
const INSIDE = docs(['performance', 'internals']);
const PROJECT = ['CHANGELOG.md', 'SECURITY.md'];
const START = ['index.md', 'docs/index.md', 'examples/index.md'];
const known = [START, CLASSES, TOPICS, PLACES, INSIDE, PROJECT].flat();
const others = Array.from(SITE_PAGES.values()).filter((name) => !known.includes(name));

/** @param {string} kind A folder of the reference. */
const reference = (kind) =>
  existsSync(join(PAGES, 'reference', kind))
    ? readdirSync(join(PAGES, 'reference', kind)).map((name) => ({
        text: name.replace('.md', ''),
        link: `/reference/${kind}/${name.replace('.md', '')}`,
      }))
    : [];

const guide = [
  { text: 'Start', items: items(START) },
  { text: 'Classes', items: items(CLASSES) },
  { text: 'Topics', items: items([...TOPICS, ...others]) },
  { text: 'Where it runs', items: items(PLACES) },
  { text: 'Behind it', items: items(INSIDE) },
  { text: 'Project', items: items(PROJECT) },
].filter((group) => group.items.length > 0);

export default defineConfig({
  base,
  title: 'tickhttp',
  description: MANIFEST.description,
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: 'pages/.cache',
  markdown: {
    // The anchors of GitHub, so that a link works in both places.
    anchor: { slugify: (text) => slug(text) },
    config: repositoryLinks,
  },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/', activeMatch: '^/(docs/|$)' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    sidebar: {
      '/': guide,
      '/reference/': [
        { text: 'Classes', items: reference('classes') },
        { text: 'Functions', items: reference('functions') },
        { text: 'Interfaces', items: reference('interfaces') },
        { text: 'Constants', items: reference('variables') },
        { text: 'Types', items: reference('type-aliases') },
      ],
    },
    outline: [2, 3],
    search: { provider: 'local' },
  },
});
