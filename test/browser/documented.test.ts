import { afterAll, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

test.for(MODES)('the page of docs/browser.md prints what it got, %s', async (mode, { open }) => {
  const { page, site } = await open(mode);
  const printed = page.waitForEvent('console', { predicate: (message) => message.type() === 'log' });
  await page.goto(site.url('/documented'));
  expect((await printed).text()).toBe('200 5');
});
