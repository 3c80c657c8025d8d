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
      const http = await connected({ bufferSize: 2 ** 18, timeouts: { body: 500 } });
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
      while (read === 0) await turn();
      const end = performance.now() + 2000;
      const hidden = await hiddenUntil(
        () => performance.now() > end,
        () => ({ frames, read }),
      );
      await whole;
      return { hidden, read, failure: http.getLastError() };
    }, size);
    const { first, last } = seen.hidden;
    expect(last.frames - first.frames).toBeLessThanOrEqual(1);
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
      const hidden = await hiddenUntil(
        () => http.getDownloadedBytes() === 5_000_000,
        () => {
          if (!http.isBusy()) http.request(`${location.origin}/bytes/5000000`);
          return [http.getDownloadedBytes(), heard.length];
        },
      );
      await signalled;
      return { hidden, heard };
    });
    expect(seen).toEqual({
      hidden: { first: [0, 0], last: [5_000_000, 0] },
      heard: [[true, 0, 200, 5_000_000]],
    });
  });
});
