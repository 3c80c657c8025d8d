import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { test as base, vi } from 'vitest';
import { chromiumPath, openBareChromium } from './bare-chromium.mjs';
import { Remote } from './remote.ts';
import { Site } from './site.ts';

export const MODES = ['shared', 'messages'] as const;
export type Mode = (typeof MODES)[number];

/** A page that has loaded the package, and its server. */
export interface Opened {
  readonly page: Page;
  readonly site: Site;
}

interface Loaded {
  /** The URL of the package's code. */
  readonly lib?: string;
  /** Of the page. */
  readonly policy?: string;
}

interface Fixtures {
  /** A page in which the package works in this mode. */
  readonly open: (mode: Mode, loaded?: Loaded) => Promise<Opened>;
  /** The same in a browser of its own that nothing inspects. It can hide the page, and hold a server back. */
  readonly openBare: (mode: Mode) => Promise<{ readonly page: Remote; readonly site: Site }>;
  /** A server of another origin. */
  readonly elsewhere: Site;
  /** A port at which nobody listens. */
  readonly nobody: number;
}

/** Milliseconds that a machine may take which has much else to do. */
const PATIENCE = 30_000;

/** Waits until `look` does not throw any more. vitest itself waits for a second. */
export async function eventually(look: () => unknown): Promise<void> {
  await vi.waitFor(look, { timeout: PATIENCE, interval: 20 });
}

let browser: Promise<Browser> | null = null;

/** One for all tests of a file. */
function theBrowser(): Promise<Browser> {
  browser ??= launch();
  return browser;
}

export function launch(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', ...args],
    timeout: 2 * PATIENCE,
  });
}

/** Puts the package and helpers.mjs into a page. */
export async function load(
  page: Page,
  site: Site,
  { lib = '/lib/index.js', policy }: Loaded = {},
): Promise<void> {
  page.setDefaultTimeout(PATIENCE);
  await page.goto(site.url(policy === undefined ? '/page' : `/page?${new URLSearchParams({ csp: policy })}`));
  await page.evaluate(`import('/helpers?${new URLSearchParams({ lib })}')`);
}

/** For `afterAll`. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

export const test = base.extend<Fixtures>({
  open: async ({ task: _task }, use) => {
    const closing: (() => unknown)[] = [];
    await use(async (mode, loaded) => {
      const site = await new Site(mode === 'shared').open();
      const page = await (await theBrowser()).newPage();
      closing.push(
        () => page.close(),
        () => site.close(),
      );
      await load(page, site, loaded);
      return { page, site };
    });
    for (const close of closing) await close();
  },
  openBare: async ({ task: _task }, use) => {
    const closing: (() => unknown)[] = [];
    await use(async (mode) => {
      const site = await new Site(mode === 'shared').open();
      closing.push(() => site.close());
      const page = new Remote(site);
      const browser = await openBareChromium(site.url('/remote'), ['--disable-popup-blocking']);
      closing.unshift(() => browser.close());
      return { page, site };
    });
    for (const close of closing) await close();
  },
  elsewhere: async ({ task: _task }, use) => {
    const site = await new Site(false).open();
    await use(site);
    site.close();
  },
  // The client's end of a connection: nobody else is given this port meanwhile, as could be that of a closed server.
  nobody: async ({ task: _task }, use) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    await once(socket, 'connect');
    await use(socket.localPort ?? 0);
    socket.destroy();
    server.close();
  },
});
