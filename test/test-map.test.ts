import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readPage } from './support/markdown.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const map = readFileSync(`${HERE}README.md`, 'utf8');
const { links } = readPage(map);
const tests = links.filter((link) => link.endsWith('.test.ts'));

test('every test of the map exists', () => {
  expect(tests.length).toBeGreaterThan(100);
  expect(tests.filter((link) => !existsSync(HERE + link))).toEqual([]);
});

test('every test of the invariants is in it', () => {
  const files = readdirSync(`${HERE}invariants`).filter((name) => name.endsWith('.test.ts'));
  expect(files.map((name) => `invariants/${name}`).filter((name) => !tests.includes(name))).toEqual([]);
});

test('each invariant has tests of its number', () => {
  const rows = Array.from(map.matchAll(/^\| (\d+) \|.*$/gm), ([row, number = '']) => ({ row, number }));
  expect(rows.map(({ number }) => Number(number))).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
  for (const { row, number } of rows) {
    const files = readPage(`|||\n|---|---|---|\n${row}`).links.filter((link) =>
      link.startsWith('invariants/'),
    );
    expect(files, row).not.toEqual([]);
    const named = new RegExp(`describe\\(\\s*['"\`]${number}\\. `);
    for (const file of files)
      expect([file, named.test(readFileSync(HERE + file, 'utf8'))]).toEqual([file, true]);
  }
});

test('each page of the docs has its part', () => {
  const pages = readdirSync(`${HERE}../docs`).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const parts = Array.from(map.matchAll(/^### (.+)$/gm), ([, part = '']) => part)
    .join(', ')
    .split(', ');
  expect(pages.filter((name) => !parts.includes(name))).toEqual([]);
});
