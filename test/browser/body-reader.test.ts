import { readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

const WORKER = readFileSync(new URL('../../dist/browser/worker.js', import.meta.url), 'utf8');

/** Leaves the worker one way to read a body. */
const only = (mode: 'byob' | undefined): string => `{
  const { getReader } = ReadableStream.prototype;
  ReadableStream.prototype.getReader = function (options) {
    if (options?.mode !== ${mode && `'${mode}'`}) throw new TypeError('there is no such reader');
    return getReader.call(this, options);
  };
}`;

const READERS = [
  ['into memory that is used again', 'byob'],
  ['piece by piece where the browser has no streams of bytes', undefined],
] as const;

for (const [how, reader] of READERS) {
  test.for(MODES)(`a body is read ${how}, %s`, async (mode, { open }) => {
    const { page } = await open(mode);
    await page.route('**/lib/worker.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' },
        body: only(reader) + WORKER,
      }),
    );
    const sums = await page.evaluate(async () => {
      const http = await connected();
      const seen = [];
      for (const size of [3_000_000, 0, 5, 3_000_000]) {
        const { length, sum, failure } = await exchange(http, `/bytes/${size}`);
        seen.push({ size, length, sum, failure });
      }
      return seen;
    });
    const [first, , , last] = sums;
    for (const { size, length, failure } of sums) expect([length, failure]).toEqual([size, null]);
    expect(first?.sum).toBe(last?.sum);
  });
}
