import type { HTTPClient } from 'tickhttp';
import { afterAll, describe, expect } from 'vitest';
import { fillPattern } from '../support/pattern.mjs';
import { closeBrowser, eventually, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

const CONNECTED = 'CONNECTED';

/** As helpers.mjs sums up what came. */
function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte, at) => (sum * 31 + byte + at) | 0, 0);
}

describe.each(MODES)('HTTPClient in a page, %s', (mode) => {
  test('is in this mode, and says why', async ({ open }) => {
    const { page } = await open(mode);
    const said = await page.evaluate(() => {
      const { mode, modeReason } = tickhttp.WorkerPool.default;
      return { mode, modeReason };
    });
    expect(said.mode).toBe(mode);
    expect(said.modeReason).toContain(
      mode === 'shared' ? 'is cross-origin isolated' : 'Cross-Origin-Opener-Policy',
    );
  });

  test('one request after the other: statuses, head, body, length', async ({ open }) => {
    const { page, site } = await open(mode);
    const seen = await page.evaluate(async () => {
      const http = await connected();
      const answers = [];
      for (const path of ['/bytes/5', '/bytes/0', '/echo']) answers.push(await exchange(http, path));
      return answers;
    });
    const [five, none, echo] = seen;
    expect(five).toMatchObject({
      statuses: ['REQUESTING', 'BODY', CONNECTED],
      code: 200,
      length: 5,
      bodyLength: -1,
    });
    expect(none).toMatchObject({ code: 200, length: 0, failure: null });
    expect(JSON.parse(echo?.text ?? '')).toMatchObject({ method: 'GET', length: 0 });
    expect(site.asked).toEqual(['GET /bytes/5', 'GET /bytes/0', 'GET /echo']);
  });

  test('a body that is longer than the buffer: in chunks, into memory, borrowed', async ({ open }) => {
    const { page } = await open(mode);
    const SIZE = 3_000_000;
    const expected = Buffer.alloc(SIZE);
    fillPattern(expected, 0);
    const seen = await page.evaluate(async (size) => {
      const http = await connected({ bufferSize: 16_384, limits: { headSize: 2048, headFields: 100 } });
      const into = new Uint8Array(5000);
      const chunk = await exchange(http, `/bytes/${size}`);
      const copied = await exchange(http, `/bytes/${size}`, {
        read: () => into.slice(0, http.readResponseBodyInto(into)),
      });
      const borrowed = await exchange(http, `/bytes/${size}`, {
        read: () => new Uint8Array(http.borrowResponseBodyChunk()),
      });
      return [chunk, copied, borrowed].map(({ length, sum, failure }) => ({ length, sum, failure }));
    }, SIZE);
    const whole = { length: SIZE, sum: sumOf(expected), failure: null };
    expect(seen).toEqual([whole, whole, whole]);
  });

  test('text is sent as UTF-8, whole', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const http = await connected();
      const { POST, PUT } = tickhttp.Method;
      const small = await exchange(http, '/echo', { method: POST, body: 'grüße', headers: ['X-Name: ü'] });
      const large = await exchange(http, '/echo', { method: PUT, body: 'x'.repeat(3_000_000) });
      return [small.text, large.text];
    });
    const [small, large] = seen.map((text) => JSON.parse(text));
    expect(small).toMatchObject({ method: 'POST', length: 7, headers: { 'x-name': 'Ã¼' } });
    expect(large).toMatchObject({ method: 'PUT', length: 3_000_000 });
  });

  test('a redirect is followed', async ({ open }) => {
    const { page, site } = await open(mode);
    const seen = await page.evaluate(async () => exchange(await connected(), '/redirect/bytes/3'));
    expect(seen).toMatchObject({ code: 200, length: 3 });
    expect(site.asked).toEqual(['GET /redirect/bytes/3', 'GET /bytes/3']);
  });

  test('a path that begins with // asks this server', async ({ open, elsewhere }) => {
    const { page, site } = await open(mode);
    await page.evaluate(
      async (target) => exchange(await connected(), target),
      `//127.0.0.1:${elsewhere.port}/bytes/4`,
    );
    expect([elsewhere.asked, site.asked]).toEqual([[], [`GET //127.0.0.1:${elsewhere.port}/bytes/4`]]);
  });

  test('another origin is asked without a preflight, and answers if it allows the page', async ({
    open,
    elsewhere,
  }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(
      async (port) => exchange(await connected({}, port), '/bytes/4?cors'),
      elsewhere.port,
    );
    expect(seen).toMatchObject({ code: 200, length: 4 });
    expect(elsewhere.asked).toEqual(['GET /bytes/4?cors']);
  });

  test.for([
    ['the server does not allow it (CORS)', '/bytes/4', 'response', 'unanswered'],
    ['the body breaks off', '/truncated', 'body', 'answered'],
  ] as const)(
    'CONNECTION_ERROR, FETCH_FAILED if %s; then it connects again',
    async ([, path, phase, request], { open, elsewhere }) => {
      const { page, site } = await open(mode);
      const port = phase === 'body' ? site.port : elsewhere.port;
      const seen = await page.evaluate(
        async ([port, path]) => {
          const http = await connected({}, port);
          const failed = await exchange(http, path);
          const again = await connected();
          return { failed, next: (await exchange(again, '/bytes/2')).length };
        },
        [port, path] as const,
      );
      expect(seen.failed.statuses.at(-1)).toBe('CONNECTION_ERROR');
      expect(seen.failed.failure).toMatchObject({ phase, code: 'FETCH_FAILED', request });
      expect(seen.failed.failure?.message).toMatch(/the browser says ".+"/);
      // Chromium may drop what had come before.
      expect(seen.failed.length).toBeLessThanOrEqual(phase === 'body' ? 5 : 0);
      expect(seen.next).toBe(2);
    },
  );

  test('close() aborts the fetch, and nothing of it is seen later', async ({ open }) => {
    const { page, site } = await open(mode);
    const status = await page.evaluate(async () => {
      const http = await connected();
      http.request(tickhttp.Method.GET, '/begin', []);
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.BODY);
      http.close();
      const closed = http.getStatus();
      http.connectToHost('127.0.0.1', Number(location.port));
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.CONNECTED);
      return [closed, http.hasResponse(), (await exchange(http, '/bytes/6')).length];
    });
    expect(status).toEqual([0, false, 6]);
    await eventually(() => expect(site.aborted).toBe(1));
  });

  test.for([
    ['headers', '/hang', 'HEADERS_TIMEOUT'],
    ['body', '/begin', 'BODY_TIMEOUT'],
    ['body', '/silent', 'BODY_TIMEOUT'],
    ['request', '/begin', 'REQUEST_TIMEOUT'],
  ] as const)('timeouts.%s, asked for %s', async ([name, path, code], { open }) => {
    const { page, site } = await open(mode);
    // Its end can't be seen at the server if a request comes there too late: then once more, with more time.
    for (let limit = 300; site.asked.length === 0 && limit < 30_000; limit *= 3) {
      const { failure } = await page.evaluate(
        async ([name, path, limit]) => exchange(await connected({ timeouts: { [name]: limit } }), path),
        [name, path, limit] as const,
      );
      expect(failure?.code).toBe(code);
    }
    await eventually(() => expect([site.asked.length > 0, site.aborted]).toEqual([true, site.asked.length]));
  });

  test('a page that is busy for longer than its timeouts makes none fire, and loses nothing', async ({
    open,
  }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      // What the server and the browser need for a response on a slow machine is far less.
      const http = await connected({ timeouts: { headers: 3000, body: 3000, request: 4000 } });
      http.request(tickhttp.Method.GET, '/bytes/100000', []);
      for (const end = performance.now() + 5000; performance.now() < end; );
      let length = 0;
      await pollUntil(http, () => {
        length += http.readResponseBodyChunk().length;
        return http.getStatus() === tickhttp.Status.CONNECTED || http.isFailed();
      });
      return [length, http.getLastError()];
    });
    expect(seen).toEqual([100_000, null]);
  });

  test('what a page can’t do is refused, and asks no server', async ({ open }) => {
    const { page, site } = await open(mode);
    const seen = await page.evaluate(async () => {
      const { HTTPClient, Method, TLSOptions } = tickhttp;
      const calls: [string, () => unknown][] = [];
      const refused = (what: string, http: HTTPClient, error: unknown) =>
        calls.push([what, () => [error, http.getLastError()?.code]]);
      const unix = new HTTPClient();
      refused('unix', unix, unix.connectToHost('unix:/a'));
      const tls = new HTTPClient();
      refused('tls', tls, tls.connectToHost('127.0.0.1', 1, TLSOptions.clientUnsafe()));
      const proxy = new HTTPClient();
      proxy.setHttpProxy('proxy.example', 3128);
      refused('proxy', proxy, proxy.connectToHost('127.0.0.1', 1));
      const family = new HTTPClient({ family: 4 });
      refused('family', family, family.connectToHost('127.0.0.1', 1));
      const environment = new HTTPClient({ proxyFromEnvironment: true });
      refused('environment', environment, environment.connectToHost('127.0.0.1', 1));
      for (const field of ['Cookie: a', 'Host: b', 'sec-x: c', 'Proxy-Authorization: d']) {
        const http = await connected();
        refused(field, http, http.request(Method.GET, '/bytes/1', [field]));
      }
      const absolute = await connected();
      refused('absolute', absolute, absolute.request(Method.GET, 'http://127.0.0.1/', []));
      const trace = await connected();
      refused('TRACE', trace, trace.request(Method.TRACE, '/bytes/1', []));
      const head = await connected();
      refused('HEAD with a body', head, head.request(Method.HEAD, '/bytes/1', [], 'body'));
      return calls.map(([what, result]) => [what, result()]);
    });
    for (const [what, result] of seen) expect([what, result]).toEqual([what, [2, 'UNAVAILABLE_IN_BROWSER']]);
    expect(seen).toHaveLength(12);
    expect(site.asked).toEqual([]);
  });

  test('there is no connection, and a window does not block', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const http = await connected();
      const { connection } = http;
      http.blockingModeEnabled = true;
      return [connection, http.blockingModeEnabled, http.getLastError()?.code, http.poll()];
    });
    expect(seen).toEqual([null, false, 'UNAVAILABLE_IN_BROWSER', 0]);
  });

  test('stats() counts, close() ends: then CANT_CONNECT, POOL_CLOSED', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const pool = new tickhttp.WorkerPool({ threads: 1 });
      const http = await connected({ pool });
      await exchange(http, '/bytes/9');
      http.close();
      http.connectToHost('127.0.0.1', Number(location.port));
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.CONNECTED);
      await exchange(http, '/bytes/4');
      let stats = await pool.stats();
      // A thread that is late with its numbers is left out.
      while (stats.threads.length === 0) stats = await pool.stats();
      const { clients, requests, bytesRead } = stats;
      await pool.close();
      const error = http.connectToHost('127.0.0.1', Number(location.port));
      return { clients, requests, bytesRead, error, code: http.getLastError()?.code };
    });
    expect(seen).toEqual({ clients: 1, requests: 2, bytesRead: 13, error: 2, code: 'POOL_CLOSED' });
  });

  test.for([
    ['is missing', '/nowhere.js'],
    ['is something else', '/wrong'],
  ])('a worker whose file %s is CANT_CONNECT, WORKER_NOT_STARTED', async ([, path], { open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async (workerUrl = '') => {
      const pool = new tickhttp.WorkerPool({ threads: 1, workerUrl });
      const ready = pool.ready().then(
        () => 'ready',
        (error: unknown) => String(error),
      );
      const http = new tickhttp.HTTPClient({ pool });
      http.connectToHost('127.0.0.1', Number(location.port));
      await pollUntil(http, () => http.isFailed());
      return [tickhttp.statusName(http.getStatus()), http.getLastError(), await ready] as const;
    }, path);
    const [status, failure, ready] = seen;
    expect([status, failure?.code]).toEqual(['CANT_CONNECT', 'WORKER_NOT_STARTED']);
    expect(failure?.message).toContain('workerUrl');
    expect(ready).toContain('workerUrl');
  });
});
