import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, eventually, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

describe.each(MODES)('HTTPRequest in a page, %s', (mode) => {
  test('signals come in tick() alone, with the result', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const { HTTPRequest, tick, WorkerPool } = tickhttp;
      const pool = new WorkerPool({ threads: 1 });
      const http = new HTTPRequest({ pool });
      const heard: unknown[] = [];
      let ticking = false;
      http.requestCompleted.connect((result, code, headers, body) => {
        heard.push([ticking, result, code, headers.length > 0, body.length]);
      });
      http.request(`${location.origin}/bytes/77`);
      await until(() => http.getDownloadedBytes() === 77);
      // A thread tells in order: what it says of this request comes behind what it says of the first.
      await whole(`${location.origin}/bytes/1`, { options: { pool } });
      const early = heard.length;
      ticking = true;
      await until(() => {
        tick();
        return heard.length > 0;
      });
      return { early, heard, busy: http.isBusy() };
    });
    expect(seen).toEqual({ early: 0, heard: [[true, 0, 200, true, 77]], busy: false });
  });

  test('completed(): the body, and the URL behind a redirect', async ({ open }) => {
    const { page, site } = await open(mode);
    const seen = await page.evaluate(() => whole(`${location.origin}/redirect/bytes/3`));
    expect(seen).toMatchObject({
      result: 'SUCCESS',
      ok: true,
      code: 200,
      length: 3,
      url: site.url('/bytes/3'),
    });
  });

  test('a POST is sent', async ({ open }) => {
    const { page } = await open(mode);
    const { text } = await page.evaluate(() =>
      whole(`${location.origin}/echo`, {
        method: tickhttp.Method.POST,
        body: '{}',
        headers: ['Content-Type: application/json'],
      }),
    );
    expect(JSON.parse(text)).toMatchObject({
      method: 'POST',
      length: 2,
      headers: { 'content-type': 'application/json' },
    });
  });

  test.for([
    [
      'maxRedirects: 0',
      '/redirect/bytes/3',
      { maxRedirects: 0 },
      'REDIRECT_LIMIT_REACHED',
      'REDIRECT_LIMIT_REACHED',
    ],
    [
      'bodySizeLimit',
      '/bytes/100',
      { bodySizeLimit: 99 },
      'BODY_SIZE_LIMIT_EXCEEDED',
      'BODY_SIZE_LIMIT_EXCEEDED',
    ],
    ['timeout', '/hang', { timeout: 0.3 }, 'TIMEOUT', 'TIMEOUT'],
    [
      'timeouts.headers',
      '/hang',
      { options: { timeouts: { headers: 300 } } },
      'CONNECTION_ERROR',
      'HEADERS_TIMEOUT',
    ],
    ['timeouts.body', '/begin', { options: { timeouts: { body: 300 } } }, 'CONNECTION_ERROR', 'BODY_TIMEOUT'],
    [
      'timeouts.body, before the first byte',
      '/silent',
      { options: { timeouts: { body: 300 } } },
      'CONNECTION_ERROR',
      'BODY_TIMEOUT',
    ],
    ['a body that breaks off', '/truncated', {}, 'CONNECTION_ERROR', 'FETCH_FAILED'],
  ] as const)('%s', async ([, path, properties, result, code], { open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(([path, properties]) => whole(location.origin + path, properties), [
      path,
      properties,
    ] as const);
    expect(seen).toMatchObject({ result, ok: false, failure: { code } });
  });

  test('a 404 is a SUCCESS, and a server that does not allow the page a failure', async ({
    open,
    elsewhere,
  }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(
      async (other) => [await whole(`${location.origin}/status/404`), await whole(other)],
      elsewhere.url('/bytes/4'),
    );
    expect(seen[0]).toMatchObject({ result: 'SUCCESS', ok: false, code: 404 });
    expect(seen[1]).toMatchObject({ result: 'CONNECTION_ERROR', failure: { code: 'FETCH_FAILED' } });
    expect(elsewhere.asked).toEqual(['GET /bytes/4']);
  });

  test('cancelRequest() aborts the fetch, and no signal comes', async ({ open }) => {
    const { page, site } = await open(mode);
    const heard = await page.evaluate(async () => {
      const http = new tickhttp.HTTPRequest();
      let heard = 0;
      http.requestCompleted.connect(() => heard++);
      http.request(`${location.origin}/begin`);
      await until(() => {
        tickhttp.tick();
        return http.getDownloadedBytes() > 0;
      });
      http.cancelRequest();
      const again = await whole(`${location.origin}/bytes/1`);
      tickhttp.tick();
      return [heard, again.length];
    });
    expect(heard).toEqual([0, 1]);
    await eventually(() => expect(site.aborted).toBe(1));
  });

  test('progress counts the bytes that have come', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const http = new tickhttp.HTTPRequest();
      const told: number[] = [];
      http.progress.connect((downloaded) => told.push(downloaded));
      http.request(`${location.origin}/bytes/5000000`);
      await until(() => {
        tickhttp.tick();
        return !http.isBusy();
      });
      return {
        last: told.at(-1),
        growing: told.every((count, at) => count > (told[at - 1] ?? 0)),
        body: (await http.completed()).body.length,
      };
    });
    expect(seen).toEqual({ last: 5_000_000, growing: true, body: 5_000_000 });
  });

  test('three hundred at once', async ({ open }) => {
    const { page } = await open(mode);
    const sum = await page.evaluate(async () => {
      const all = await Promise.all(
        Array.from({ length: 300 }, (_none, index) => whole(`${location.origin}/bytes/${index}`)),
      );
      return all.reduce((sum, { ok, length }) => sum + (ok ? length : -1_000_000), 0);
    });
    expect(sum).toBe((299 * 300) / 2);
  });

  test('what a page can’t do is refused, and asks no server', async ({ open }) => {
    const { page, site } = await open(mode);
    const seen = await page.evaluate(async () => {
      const { Method, TLSOptions } = tickhttp;
      const url = `${location.origin}/bytes/1`;
      return [
        await whole(url, { downloadFile: 'a' }),
        await whole(url, { options: { followRedirects: false } }),
        await whole(url, { options: { allowInsecureRedirects: true } }),
        await whole(url, { options: { sensitiveHeaders: ['X-Key'] } }),
        await whole(url, { options: { proxyFromEnvironment: true } }),
        await whole(url, { options: { tls: TLSOptions.clientUnsafe() } }),
        await whole(url, { options: { localAddress: '127.0.0.1' } }),
        await whole(url, { method: Method.TRACE }),
        await whole(url, { headers: ['Cookie: a=b'] }),
      ].map(({ error, failure }) => [error, failure?.code]);
    });
    expect(seen).toEqual(Array(9).fill([2, 'UNAVAILABLE_IN_BROWSER']));
    expect(site.asked).toEqual([]);
  });

  test('a window does not block, and says so', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(() => {
      const http = new tickhttp.HTTPRequest();
      http.blockingModeEnabled = true;
      return [http.blockingModeEnabled, http.getLastError()?.code];
    });
    expect(seen).toEqual([false, 'UNAVAILABLE_IN_BROWSER']);
  });
});
