import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withTables } from '../scripts/options-page.mjs';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const PAGE = read('docs/options.md');
const DECLARATIONS = read('dist/main/index.d.cts');

test('docs/options.md says what the TSDoc says: else run `npm run docs:options`', () => {
  expect(withTables(PAGE, DECLARATIONS)).toBe(PAGE);
});

test('every interface of options has a table', () => {
  const names = Array.from(
    DECLARATIONS.matchAll(/interface (\w*(?:Options|Timeouts))\b/g),
    ([, name]) => name,
  );
  expect(names).toContain('HTTPClientOptions');
  for (const name of names) expect(PAGE).toContain(`<!-- options of ${name} -->`);
});

const PAGE_OF_SOME = '<!-- options of Some -->\nold\n<!-- end of options -->';

const tableOf = (declarations: string): string[] =>
  withTables(PAGE_OF_SOME, declarations).split('\n').slice(3, -1);

test('a table has every option, also those of an option', () => {
  const declarations = `export declare interface Some extends Other {
    /** First | {@link Thing}. */
    a?: number;
    limits?: {
        /**
         * Two
         * lines.
         */
        c?: number;
    };
    /** Last. */
    d?: () => void;
}
`;
  expect(tableOf(declarations)).toEqual([
    '| `a` | First \\| `Thing`. |',
    '| `limits.c` | Two lines. |',
    '| `d` | Last. |',
  ]);
});

test('of a class it has what can be set', () => {
  const declarations = `declare abstract class Some {
    /** A. */
    get a(): number;
    set a(value: number);
    /** Only read. */
    get b(): number;
    /** A method. */
    c(): number;
}
`;
  expect(tableOf(declarations)).toEqual(['| `a` | A. |']);
});

test('a page that asks for unknown options is an error', () => {
  expect(() => tableOf('')).toThrow('The declarations have no options of Some.');
});
