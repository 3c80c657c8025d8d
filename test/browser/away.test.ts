import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, eventually, MODES, type Opened, test } from './support/page.ts';

afterAll(closeBrowser);

/**
 * `/seen`: how many requests have come, and how many of them ended before their response did. A page can ask without a
 * turn of its event loop.
 */
function addSeen({ site }: Opened): void {
  site.routes.seen = ({ response }) => response.end(JSON.stringify([site.asked.length, site.aborted]));
}

/**
 * Runs in the page. Waits for the end of a request, and keeps the event loop from turning meanwhile: 'ended', 'late', or
 * 'not asked' if the request has not come to the server in the time that it had.
 */
function busyWithRequest([kind, limit]: readonly ['HTTPClient' | 'HTTPRequest', number]) {
  const wait = (): string => {
    for (const begin = performance.now(); ; ) {
      const look = new XMLHttpRequest();
      look.open('GET', '/seen', false);
      look.send();
      const [asked, ended]: number[] = JSON.parse(look.responseText);
      if (ended) return 'ended';
      if (performance.now() - begin > (asked ? 30_000 : limit + 2000)) return asked ? 'late' : 'not asked';
    }
  };
  return kind === 'HTTPClient' ? ofClient() : ofRequest();

  async function ofClient() {
    const http = await connected({ timeouts: { headers: limit } });
    http.request(tickhttp.Method.GET, '/hang', []);
    const waited = wait();
    await pollUntil(http, () => http.isFailed());
    return [waited, http.getLastError()?.code];
  }

  async function ofRequest() {
    await tickhttp.WorkerPool.default.ready();
    const request = Object.assign(new tickhttp.HTTPRequest(), { timeout: limit / 1000 });
    request.request(`${location.origin}/hang`);
    const waited = wait();
    return [waited, (await request.completed()).failure?.code];
  }
}

// A page that does nothing for a while, or that has forgotten its client.
describe.each(MODES)('a page that looks away, %s', (mode) => {
  test.for(['HTTPClient', 'HTTPRequest'] as const)(
    'a time limit of %s goes off while the page is busy',
    async (kind, { open }) => {
      const opened = await open(mode);
      addSeen(opened);
      let seen: readonly unknown[] = ['not asked'];
      for (let limit = 300; seen[0] === 'not asked' && limit < 30_000; limit *= 3)
        seen = await opened.page.evaluate(busyWithRequest, [kind, limit] as const);
      expect(seen).toEqual(['ended', kind === 'HTTPClient' ? 'HEADERS_TIMEOUT' : 'TIMEOUT']);
    },
  );

  test('a client that nobody has any more ends its fetch', async ({ open }) => {
    const { page, site } = await open(mode);
    await page.evaluate(async () => {
      const http = await connected();
      http.request(tickhttp.Method.GET, '/begin', []);
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.BODY);
    });
    await eventually(async () => {
      await page.requestGC();
      expect(site.aborted).toBe(1);
    });
  });
});
