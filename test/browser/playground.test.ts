import type { Page } from 'playwright-core';
import { afterAll, describe, expect } from 'vitest';
import type { Report } from '../../playground/page/types.mjs';
import { openPlayground, type Playground } from '../../playground/server.mjs';
import { test as base, closeBrowser, MODES, type Mode } from './support/page.ts';

afterAll(closeBrowser);

interface Fixtures {
  readonly playground: Playground;
  /** A page with what its console has said. Errors of a page are among it. */
  readonly visit: (mode: Mode, url: string) => Promise<{ page: Page; said: string[] }>;
}

const test = base.extend<Fixtures>({
  playground: async ({ task: _task }, use) => {
    const playground = await openPlayground();
    await use(playground);
    playground.close();
  },
  visit: async ({ open }, use) => {
    await use(async (mode, url) => {
      const { page } = await open(mode);
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(String(error)));
      await page.goto(url);
      return { page, said };
    });
  },
});

/** The cells of the table, line by line. */
async function table(page: Page): Promise<string[][]> {
  const lines = await page.locator('#rows tr').all();
  return Promise.all(lines.map((line) => line.locator('td').allInnerTexts()));
}

/** The links are those of the server's pages only when the page has asked for them. */
function goTo(page: Page, url: string): Promise<void> {
  return page.click(`nav a[href="${url}"]`);
}

/** A machine that stands still for a moment spoils the figures of a run. So there are some, and one must be right. */
const RUNS = 4;

const PERCENT = /^\d{1,3}\.\d %$/;
const MILLISECONDS = /^\d+\.\d$/;

describe.each(MODES)('the playground, %s', (mode) => {
  const name = mode === 'shared' ? 'isolated' : 'not isolated';
  const urlOf = ({ isolated, plain }: Playground): string => (mode === 'shared' ? isolated : plain);

  test('tells what it is, and leads to the other page', async ({ playground, visit }) => {
    const { page } = await visit(mode, urlOf(playground));
    const other = mode === 'shared' ? 'plain' : 'isolated';
    await page.locator('#mode', { hasText: mode }).waitFor();
    const said = mode === 'shared' ? 'is cross-origin isolated' : 'is not cross-origin isolated';
    expect(await page.locator('#reason').textContent()).toContain(said);
    await goTo(page, playground[other]);
    await page.locator('#mode', { hasText: mode === 'shared' ? 'messages' : 'shared' }).waitFor();
    expect(page.url()).toBe(playground[other]);
  });

  test('a button for all runs fills the table', async ({ playground, visit }) => {
    const { page, said } = await visit(mode, urlOf(playground));
    await page.locator('#mode', { hasText: mode }).waitFor();
    await page.selectOption('#rate', '5');
    await page.selectOption('#seconds', '2');
    const figures = [
      expect.stringMatching(PERCENT),
      '',
      ...Array(2).fill(expect.stringMatching(MILLISECONDS)),
    ];
    const speeds: Record<string, number[]> = { fetch: [], tickhttp: [] };
    // The server sends 20 in all, and a bit more where the browser had fallen behind.
    const isRight = (speed: number) => speed > 8 && speed < 40;
    const missing = () => Object.values(speeds).filter((all) => !all.some(isRight)).length;
    for (let run = 1; run <= RUNS && missing() > 0; run++) {
      await page.click('#run-all');
      await page
        .locator('#rows tr')
        .nth(3 * run - 1)
        .waitFor({ timeout: 60_000 });
      const [alone, ...readers] = (await table(page)).slice(-3);
      expect(alone).toEqual(['Loop alone', name, 'none', ...figures, '–']);
      for (const [index, reader] of ['fetch', 'tickhttp'].entries()) {
        const line = readers[index] ?? [];
        expect(line.slice(0, -1)).toEqual([reader, name, '4 × 5 MB/s', ...figures]);
        speeds[reader]?.push(Number(line.at(-1)));
      }
    }
    expect(missing(), JSON.stringify(speeds)).toBe(0);
    expect(said).toEqual([]);
  });

  test('follows the plan in its URL, and reports', async ({ playground, visit }) => {
    const load = { downloads: 2, seconds: 1, rate: 5, draw: false };
    const plan = JSON.stringify({ runs: Array(RUNS).fill({ reader: 'tickhttp', ...load }), idle: true });
    const reported = playground.report();
    const { page, said } = await visit(mode, `${urlOf(playground)}?auto=${encodeURIComponent(plan)}`);
    const { rows, idle, ...rest }: Report = await reported;
    expect(rest).toEqual({ mode, failure: null });
    const row = { reader: 'tickhttp', mode, downloads: 2, rate: 5, failure: null };
    expect(rows).toEqual(Array(RUNS).fill(expect.objectContaining(row)));
    // A frame that was missed counts, so there are as many on a slow machine.
    const hertz = Number(await page.locator('#hertz').textContent());
    expect(Math.max(...rows.map(({ frames, seconds }) => frames / seconds))).toBeGreaterThan(0.6 * hertz);
    expect(Math.max(...rows.map(({ speed }) => speed))).toBeGreaterThan(4);
    for (const { late, p99, worst } of rows) {
      expect(late).toBeLessThanOrEqual(1);
      expect(worst).toBeGreaterThanOrEqual(p99);
    }
    expect(Object.values(idle).filter((nanoseconds) => nanoseconds > 0 && nanoseconds < 10_000)).toHaveLength(
      3,
    );
    expect(said).toEqual([]);
  });
});

test('the table has the results of both pages', async ({ playground, visit }) => {
  const { page } = await visit('shared', playground.isolated);
  await page.selectOption('#seconds', '2');
  await page.click('#run-alone');
  await page.locator('#rows tr').waitFor();
  await goTo(page, playground.plain);
  await page.locator('#mode', { hasText: 'messages' }).waitFor();
  await expect.poll(async () => (await table(page)).map(([, which]) => which)).toEqual(['isolated']);
  await page.click('#clear');
  await expect.poll(() => table(page)).toEqual([]);
});

test('other sites can send the server nothing', async ({ playground }) => {
  const headers = { Origin: 'http://elsewhere.example' };
  const send = (method: string) => fetch(`${playground.plain}results`, { method, headers, body: '{}' });
  expect((await send('POST')).status).toBe(403);
  expect((await fetch(`${playground.plain}page/..%2fserver.mjs`)).status).toBe(404);
});
