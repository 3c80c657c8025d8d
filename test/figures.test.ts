import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadBench } from '../bench/benches.mjs';
import { withBlocks, withoutBlocks } from '../bench/documents/blocks.mjs';
import { readRun } from '../bench/documents/run.mjs';
import { CHARTS, chartFiles, PAGES, readPage, shownCharts } from '../bench/documents/write.mjs';
import { ALLOWED, figuresIn, has } from './support/figures.ts';

const run = readRun();
const DOCS = readdirSync(fileURLToPath(new URL('../docs', import.meta.url)))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const PROSE = new Map(
  ['README.md', 'CHANGELOG.md', ...DOCS].map((name) => [name, withoutBlocks(readPage(name))]),
);

describe('the figures of the documents are those of the saved run: else run `npm run docs:figures`', () => {
  test.each(PAGES)('%s', (name) => {
    const page = readPage(name);
    expect(page).toContain('<!-- bench: ');
    expect(withBlocks(page, run)).toBe(page);
  });

  test('charts', () => {
    const shown = shownCharts(run);
    expect(chartFiles().sort()).toEqual(Array.from(new Set(shown.keys())).sort());
    for (const [name, chart] of shown) expect(readFileSync(new URL(name, CHARTS), 'utf8'), name).toBe(chart);
  });

  test('a figure that somebody has changed is seen', () => {
    const page = readPage('docs/performance.md');
    const [row = ''] = /^\| tickhttp, blocking \| .*$/m.exec(page) ?? [];
    const changed = page.replace(
      row,
      row.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
    );
    expect(changed).not.toBe(page);
    expect(withBlocks(changed, run)).toBe(page);
  });
});

describe('the saved run is one of the benches that are there: else run `npm run bench -- --docs`', () => {
  test.each(Object.keys(run.benches))('%s', async (name) => {
    const saved = run.benches[name];
    const bench = await loadBench(name);
    expect(saved?.metrics).toEqual(bench.metrics);
    expect(Object.keys(saved?.peers ?? {})).toEqual(Object.keys(bench.peers));
  });

  test('a page that shows a bench without a figure is an error', () => {
    const page = '<!-- bench: nothing -->\n<!-- /bench -->';
    expect(() => withBlocks(page, run)).toThrow('the saved run has no bench "nothing"');
    const metric = '<!-- bench: request nothing -->\n<!-- /bench -->';
    expect(() => withBlocks(metric, run)).toThrow('the bench request has no metric "nothing"');
  });
});

describe('outside of these parts no page has figures of speed', () => {
  test.each(Array.from(PROSE.keys()))('%s', (name) => {
    expect(figuresIn(PROSE.get(name) ?? '')).toEqual([]);
  });

  test('docs/performance.md has no table outside of them', () => {
    expect(PROSE.get('docs/performance.md')).not.toMatch(/^\|/m);
  });

  test.each([
    'It downloads 2.3 GB/s',
    'takes 61 to 63 us',
    '1400 ms a GB',
    'poll() takes 32 ns',
    'at 0.3 to 0.6 of undici',
    "two thirds of undici's time",
    'three times the speed of undici',
    'twice as fast as before',
    '40 KiB a client',
  ])('a figure is seen: %s', (text) => {
    expect(figuresIn(text)).not.toEqual([]);
  });

  test.each(ALLOWED)('allowed, and there: %s', (words) => {
    expect(Array.from(PROSE.values()).some((text) => has(text, words))).toBe(true);
  });
});
