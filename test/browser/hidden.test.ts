import { describe, expect } from 'vitest';
import { MODES, test } from './support/page.ts';

// A hidden page gets no frames, and its timers go off once a second. Playwright's pages are never hidden.
describe.each(MODES)('a hidden page, %s', (mode) => {
  test('loses nothing of a body that its frames read, and timeouts.body stands still', async ({
    openBare,
  }) => {
    const { page } = await openBare(mode);
    const size = 8_000_000;
    const seen = await page.evaluate(async (size) => {
      const check = await openCheck();
      const http = await connected({ bufferSize: 2 ** 18, timeouts: { body: 3000 } });
      // So that much is left when the page is hidden at last.
      http.readChunkSize = 1024;
      http.request(tickhttp.Method.GET, `/bytes/${size}`, []);
      await pollUntil(http, () => http.getStatus() === tickhttp.Status.BODY);
      let frames = 0;
      let read = 0;
      const whole = new Promise<void>((resolve) => {
        requestAnimationFrame(function frame() {
          frames += 1;
          http.poll();
          const chunk = http.readResponseBodyChunk();
          check(chunk, read);
          read += chunk.length;
          if (http.getStatus() === tickhttp.Status.BODY) requestAnimationFrame(frame);
          else resolve();
        });
      });
      await until(() => read > 0);
      let end = Number.NaN;
      const hidden = await hiddenUntil(
        () => performance.now() > end,
        () => {
          // Longer than timeouts.body, from the moment at which the page is hidden.
          if (Number.isNaN(end)) end = performance.now() + 5000;
          return { frames, read };
        },
      );
      http.readChunkSize = 2 ** 17;
      await whole;
      return { hidden, read, failure: http.getLastError() };
    }, size);
    const { first, last } = seen.hidden;
    expect(last.frames - first.frames).toBeLessThanOrEqual(1);
    expect(first.read).toBeGreaterThan(0);
    expect(last.read).toBeLessThan(size / 2);
    expect(seen).toMatchObject({ read: size, failure: null });
  });

  test('has a whole request when it is shown again', async ({ openBare }) => {
    const { page } = await openBare(mode);
    const seen = await page.evaluate(async () => {
      const http = new tickhttp.HTTPRequest();
      let ticking = false;
      const heard: unknown[] = [];
      http.requestCompleted.connect((result, code, _headers, body) => {
        heard.push([ticking, result, code, body.length]);
      });
      const signalled = new Promise<void>((resolve) => {
        requestAnimationFrame(function frame() {
          ticking = true;
          tickhttp.tick();
          ticking = false;
          if (heard.length === 0) requestAnimationFrame(frame);
          else resolve();
        });
      });
      let asked = false;
      const hidden = await hiddenUntil(
        () => http.getDownloadedBytes() === 5_000_000,
        () => {
          const heardNow = heard.length;
          if (!asked) http.request(`${location.origin}/bytes/5000000`);
          asked = true;
          return heardNow;
        },
      );
      await signalled;
      return { hidden, heard };
    });
    expect(seen).toEqual({
      hidden: { first: 0, last: 0 },
      heard: [[true, 0, 200, 5_000_000]],
    });
  });
});
