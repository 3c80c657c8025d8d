import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Frame, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';
import type { Site } from './support/site.ts';

afterAll(closeBrowser);

const BROWSER_PAGE = readFileSync(new URL('../../docs/browser.md', import.meta.url), 'utf8');

/**
 * A request by each class. `texts`: how many workers came from a source text; `kept`: how many of these texts the page
 * still holds at the end.
 */
function use(page: Page, workerUrl: string | null = null) {
  return page.evaluate(async (url) => {
    const { createObjectURL, revokeObjectURL } = URL;
    const kept = new Set<string>();
    let texts = 0;
    URL.createObjectURL = (blob) => {
      texts += 1;
      const made = createObjectURL(blob);
      kept.add(made);
      return made;
    };
    URL.revokeObjectURL = (made) => {
      kept.delete(made);
      revokeObjectURL(made);
    };
    const pool = new tickhttp.WorkerPool({ threads: 2, ...(url !== null && { workerUrl: url }) });
    await pool.ready();
    const { length } = await exchange(await connected({ pool }), '/bytes/5');
    const { result } = await whole(`${location.origin}/bytes/7`, { options: { pool } });
    await pool.close();
    return { mode: pool.mode, length, result, texts, kept: kept.size };
  }, workerUrl);
}

describe.each(MODES)('the worker in a page, %s', (mode) => {
  const works = { mode, length: 5, result: 'SUCCESS' };

  test('is the file beside the code', async ({ open }) => {
    const { page } = await open(mode);
    expect(await use(page)).toEqual({ ...works, texts: 0, kept: 0 });
  });

  test('is the file beside the code, all of another origin', async ({ open, elsewhere }) => {
    const { page } = await open(mode, { lib: elsewhere.url('/cors-lib/index.js') });
    expect(await use(page)).toEqual({ ...works, texts: 2, kept: 0 });
  });

  test('is the file of another origin that workerUrl names', async ({ open, elsewhere }) => {
    const { page } = await open(mode);
    expect(await use(page, elsewhere.url('/cors-lib/worker.js?a=1'))).toEqual({
      ...works,
      texts: 2,
      kept: 0,
    });
  });

  test('is no file with tickhttp/inline, which exports the same', async ({ open }) => {
    const { page } = await open(mode, { lib: '/alone' });
    expect(await use(page)).toEqual({ ...works, texts: 2, kept: 0 });
    const names: string[][] = await page.evaluate(
      "import('/lib/index.js').then((index) => [Object.keys(tickhttp), Object.keys(index)])",
    );
    expect(names[0]).toEqual(names[1]);
  });

  test('is the file that workerUrl names with tickhttp/inline, too', async ({ open }) => {
    const { page } = await open(mode, { lib: '/alone' });
    expect(await use(page, '/lib/worker.js')).toEqual({ ...works, texts: 0, kept: 0 });
  });

  test('is allowed by a Content-Security-Policy that names blob: and the other origin', async ({
    open,
    elsewhere,
  }) => {
    const sources = `'self' blob: ${elsewhere.url()}`;
    const { page } = await open(mode, { policy: `script-src ${sources}; worker-src ${sources}` });
    expect(await use(page, elsewhere.url('/cors-lib/worker.js'))).toMatchObject(works);
  });

  test.for(['/lib/index.js', '/alone'])(
    'is allowed by a policy of Trusted Types: %s',
    async (lib, { open }) => {
      const { page } = await open(mode, { lib, policy: "require-trusted-types-for 'script'" });
      // Without the policy of the page it does not start.
      await expectNoStart(page, null);
      const [code = ''] = /trustedTypes\.createPolicy.*?\n}\);\n/s.exec(BROWSER_PAGE) ?? [];
      await page.evaluate(lib === '/alone' ? code : code.replace('blob:', ''));
      expect(await use(page)).toMatchObject(works);
    },
  );

  test.for([
    ['/lib/index.js', 'SUCCESS'],
    ['/alone', 'CONNECTION_ERROR'],
  ] as const)(
    'has its own policy if it is a file, and that of the page if not: %s',
    async ([lib, result], { open }) => {
      const { page } = await open(mode, { lib, policy: "connect-src 'none'" });
      const seen = await page.evaluate(() => whole(`${location.origin}/bytes/7`));
      expect(seen.result).toBe(result);
    },
  );

  type Flaw = [what: string, url: (elsewhere: Site) => string | null, policy?: string, lib?: string];

  const FLAWS: Flaw[] = [
    ['it is missing', () => '/nowhere'],
    ['it is missing elsewhere', (elsewhere) => elsewhere.url('/cors-nowhere')],
    ['no server is elsewhere', () => 'http://127.0.0.1:1/worker.js'],
    ['no CORS elsewhere', (elsewhere) => elsewhere.url('/lib/worker.js')],
    ['it is no script', () => '/page'],
    ['it is no script elsewhere', (elsewhere) => elsewhere.url('/cors-page')],
    ["worker-src 'none'", () => null, "worker-src 'none'"],
    ["worker-src 'self'", (elsewhere) => elsewhere.url('/cors-lib/worker.js'), "worker-src 'self'"],
    [
      'worker-src blob: without the other origin',
      (elsewhere) => elsewhere.url('/cors-lib/worker.js'),
      'worker-src blob:',
    ],
    ["tickhttp/inline, worker-src 'self'", () => null, "worker-src 'self'", '/alone'],
  ];

  test.for(FLAWS)('does not start, and that is said at once: %s', async (flaw, { open, elsewhere }) => {
    const [, urlOf, policy, lib] = flaw;
    const { page } = await open(mode, { ...(policy && { policy }), ...(lib && { lib }) });
    await expectNoStart(page, urlOf(elsewhere));
  });
});

test('a worker without Cross-Origin-Embedder-Policy does not start in an isolated page', async ({ open }) => {
  const { page } = await open('shared');
  await expectNoStart(page, '/lib/worker.js?bare');
});

/**
 * Milliseconds. Who does not notice waits for the fifteen seconds that a worker may take to start. On an idle machine a
 * tenth of a second is enough.
 */
const AT_ONCE = 10_000;

/** A frame of a page, without `allow-same-origin`, that has loaded this file of the package from its server. */
async function sandboxed(page: Page, site: Site, lib: string): Promise<Frame> {
  await page.setContent(`<iframe sandbox="allow-scripts" src="${site.url('/page')}"></iframe>`);
  const element = await page.waitForSelector('iframe');
  const frame = await element.contentFrame();
  if (frame === null) throw new Error('there is no frame');
  await frame.waitForURL(site.url('/page'));
  const helpers = site.url(`/helpers?${new URLSearchParams({ lib, cors: '' })}`);
  await frame.evaluate(`import(${JSON.stringify(helpers)})`);
  return frame;
}

describe('in a page of an opaque origin', () => {
  test('tickhttp/inline starts its worker: a sandboxed frame', async ({ open, elsewhere }) => {
    const { page } = await open('messages');
    const frame = await sandboxed(page, elsewhere, '/cors-lib/inline.js');
    const seen = await frame.evaluate(
      async (url) => [
        origin,
        (await whole(`${url}/bytes/7?cors`)).result,
        (await exchange(await connected(), '/bytes/5?cors')).length,
      ],
      elsewhere.url(),
    );
    expect(seen).toEqual(['null', 'SUCCESS', 5]);
  });

  test('tickhttp/inline starts its worker: a file: page, bundled', async ({ open, elsewhere }) => {
    const { page } = await open('messages');
    const folder = mkdtempSync(join(tmpdir(), 'tickhttp-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const inline = fileURLToPath(new URL('../../dist/browser/inline.js', import.meta.url));
    const bundle = await rolldown({ input: inline, platform: 'browser' });
    await bundle.write({ file: join(folder, 'bundle.js'), format: 'iife', name: 'tickhttp' });
    await bundle.close();
    const file = join(folder, 'index.html');
    writeFileSync(file, '<!doctype html><script src="bundle.js"></script>');
    await page.goto(pathToFileURL(file).href);
    const seen = await page.evaluate(async (url) => {
      const http = new tickhttp.HTTPRequest();
      http.request(`${url}/bytes/7?cors`);
      const { ok, body } = await http.completed();
      return [origin, ok, body.length];
    }, elsewhere.url());
    expect(seen).toEqual(['null', true, 7]);
  });

  test.for([
    ['tickhttp', '/cors-lib/index.js', false],
    ['tickhttp/inline with workerUrl', '/cors-lib/inline.js', true],
  ] as const)('%s starts none, and says why', async ([, lib, named], { open, elsewhere }) => {
    const { page } = await open('messages');
    const frame = await sandboxed(page, elsewhere, lib);
    const failure = await frame.evaluate(
      async ({ workerUrl, url }) => {
        const pool = new tickhttp.WorkerPool({ threads: 1, ...(workerUrl !== null && { workerUrl }) });
        return (await whole(url, { options: { pool } })).failure;
      },
      { url: elsewhere.url('/bytes/7?cors'), workerUrl: named ? elsewhere.url('/cors-lib/worker.js') : null },
    );
    expect(failure?.code).toBe('WORKER_NOT_STARTED');
    expect(failure?.message).toMatch(/has an opaque origin.*use tickhttp\/inline without `workerUrl`/);
  });
});

/** Both classes, and `ready()`, say so at once, and what to look at. */
async function expectNoStart(page: Page, workerUrl: string | null): Promise<void> {
  const seen = await page.evaluate(async (url) => {
    const { HTTPClient, Status, WorkerPool } = tickhttp;
    const begin = performance.now();
    const pool = new WorkerPool({ threads: 2, ...(url !== null && { workerUrl: url }) });
    const request = whole(`${location.origin}/bytes/7`, { options: { pool } });
    const http = new HTTPClient({ pool });
    http.connectToHost('127.0.0.1', Number(location.port));
    await pollUntil(http, () => http.getStatus() === Status.CANT_CONNECT);
    const { result, failure, error } = await request;
    const ready = await pool.ready().catch((reason) => reason);
    const milliseconds = performance.now() - begin;
    const failures = [http.getLastError(), failure, ready].map((each) => [each?.code, each?.message]);
    await pool.close();
    return { result: error === undefined ? result : 'refused', failures, milliseconds };
  }, workerUrl);
  expect(seen.milliseconds).toBeLessThan(AT_ONCE);
  expect(seen.result).toMatch(/^(?:CANT_CONNECT|refused)$/);
  for (const [code, message] of seen.failures) {
    expect(code).toBe('WORKER_NOT_STARTED');
    expect(message).toMatch(/workerUrl.*CORS.*Content-Security-Policy.*tickhttp\/inline/);
  }
}
