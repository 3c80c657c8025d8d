import type { Page } from 'playwright-core';
import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';
import type { Site } from './support/site.ts';

afterAll(closeBrowser);

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
