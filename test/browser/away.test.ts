import { afterAll, describe, expect, vi } from 'vitest';
import { closeBrowser, MODES, type Opened, test } from './support/page.ts';

afterAll(closeBrowser);

/** `/ended`: how many requests ended before their response did. A page can ask without a turn of its event loop. */
function addEnded({ site }: Opened): void {
  site.routes.ended = ({ response }) => response.end(String(site.aborted));
}

// A page that does nothing for a while, or that has forgotten its client.
describe.each(MODES)('a page that looks away, %s', (mode) => {
  test.for(['HTTPClient', 'HTTPRequest'] as const)(
    'a time limit of %s goes off while the page is busy',
    async (kind, { open }) => {
      const opened = await open(mode);
      addEnded(opened);
      const seen = await opened.page.evaluate(async (kind) => {
        const endsMeanwhile = (): string => {
          for (const end = performance.now() + 15_000; performance.now() < end; ) {
            const asked = new XMLHttpRequest();
            asked.open('GET', '/ended', false);
            asked.send();
            if (asked.responseText !== '0') return asked.responseText;
          }
          return 'late';
        };
        if (kind === 'HTTPClient') {
          const http = await connected({ timeouts: { headers: 300 } });
          http.request(tickhttp.Method.GET, '/hang', []);
          const ended = endsMeanwhile();
          await pollUntil(http, () => http.isFailed());
          return [ended, http.getLastError()?.code];
        }
        await tickhttp.WorkerPool.default.ready();
        const request = Object.assign(new tickhttp.HTTPRequest(), { timeout: 0.3 });
        request.request(`${location.origin}/hang`);
        const ended = endsMeanwhile();
        return [ended, (await request.completed()).failure?.code];
      }, kind);
      expect(seen).toEqual(['1', kind === 'HTTPClient' ? 'HEADERS_TIMEOUT' : 'TIMEOUT']);
    },
  );

  test('a client that nobody has any more ends its fetch', async ({ open }) => {
    const { page, site } = await open(mode);
    await page.evaluate(async () => {
      const http = await connected();
      http.request(tickhttp.Method.GET, '/begin', []);
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.BODY);
    });
    await vi.waitFor(async () => {
      await page.requestGC();
      expect(site.aborted).toBe(1);
    }, 15_000);
  });
});
