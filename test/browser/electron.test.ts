import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { closeBrowser, test } from './support/page.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What `protocol.handle()` of Electron takes. */
interface Scheme {
  respond(request: Pick<Request, 'url'>): Promise<Response>;
}

/** The example's files as its scheme serves them, over HTTP. Returns the origin. */
async function serveExample(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-electron-'));
  cpSync(join(ROOT, 'examples/electron'), folder, {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  });
  cpSync(join(ROOT, 'dist/browser'), join(folder, 'node_modules/tickhttp/dist/browser'), { recursive: true });
  const { respond }: Scheme = await import(pathToFileURL(join(folder, 'scheme.mjs')).href);
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await respond({ url: `game://app${request.url}` });
    response.writeHead(status, Object.fromEntries(headers));
    for await (const chunk of body ?? []) response.write(chunk);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** The example's server of bytes. Returns its port. */
async function serveBytes(): Promise<number> {
  const { startServer } = await import('../../examples/electron/server.mjs');
  const server = await startServer();
  onTestFinished(() => server.close());
  return server.port;
}

afterAll(closeBrowser);

describe("the pages of Electron's example, in Chromium", () => {
  test('the checks pass', async ({ open }) => {
    const { page } = await open('shared');
    const said: (string | boolean)[] = [];
    let isOver = () => {};
    const over = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    await page.exposeFunction('report', (message: string | boolean) => {
      said.push(message);
      if (typeof message === 'boolean') isOver();
    });
    await page.addInitScript('window.checks = { report: (message) => window.report(message) }');
    await page.goto(`${await serveExample()}/smoke.html?port=${await serveBytes()}`);
    await over;
    expect(said).toEqual([...Array(3).fill(expect.stringMatching(/^ok {4}/)), true]);
  });

  test('the window shows its download, under its Content-Security-Policy', async ({ open }) => {
    const { page } = await open('shared');
    await page.goto(`${await serveExample()}/index.html?port=${await serveBytes()}`);
    await shown(page, /^[1-9]\d* of 2000 MB, worst lateness of a frame \(shared: .*\): \d/);
  });

  test('it has no other files', async () => {
    const origin = await serveExample();
    for (const path of ['/main.mjs', '/tickhttp/../main.mjs', '/..%2fpackage.json'])
      expect((await fetch(origin + path)).status).toBe(404);
  });
});

async function shown(page: Page, text: RegExp): Promise<void> {
  await page.locator('#page-text', { hasText: text }).waitFor();
}
