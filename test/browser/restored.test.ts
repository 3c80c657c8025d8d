import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { openBareChromium } from './support/bare-chromium.mjs';
import { MODES, test } from './support/page.ts';
import { Site } from './support/site.ts';

const HEAD = '<!doctype html><title>A page</title><link rel="icon" href="data:,">';

/** It goes elsewhere, and once the browser has brought it back as it was, it tells what works. */
const PAGE = `${HEAD}<script type="module">
  await import('/helpers');
  const pool = new tickhttp.WorkerPool({ threads: 2, unresponsiveAfter: 2000 });
  const http = await connected({ pool });
  const waiting = await connected({ pool });
  waiting.request(tickhttp.Method.GET, '/hang', []);
  await pollUntil(waiting, () => waiting.getStatus() === tickhttp.Status.REQUESTING);
  const request = whole(location.origin + '/begin', { options: { pool } });
  const get = async () => [
    (await exchange(http, '/bytes/5')).length,
    (await whole(location.origin + '/bytes/7', { options: { pool } })).length,
  ];
  const before = await get();
  // So that the heartbeat was looked at before the page is left.
  for (let polls = 0; polls < 10_000; polls++) waiting.poll();
  onpageshow = async ({ persisted }) => {
    // The worker has been away, too.
    for (let polls = 0; polls < 10_000; polls++) waiting.poll();
    const after = await get();
    // Longer than it takes to find a worker that has stopped.
    for (const end = performance.now() + 3000; performance.now() < end; await turn()) waiting.poll();
    const under = await Promise.race([request, 'under way']);
    const told = { persisted, before, after, status: tickhttp.statusName(waiting.getStatus()), under };
    fetch('/told', { method: 'POST', body: JSON.stringify(told) });
  };
  location.href = '/away';
</script>`;

/** Longer than the page's pool waits for a worker. */
const AWAY = `${HEAD}<script>setTimeout(() => history.back(), 3500);</script>`;

test.for(MODES)('a page that the browser kept and brought back goes on, %s', async (mode) => {
  const site = await new Site(mode === 'shared').open();
  const told = new Promise<string>((resolve) => {
    site.routes.begun = ({ response }) => response.setHeader('Content-Type', 'text/html').end(PAGE);
    site.routes.away = ({ response }) => response.setHeader('Content-Type', 'text/html').end(AWAY);
    site.routes.told = async ({ request, response }) => {
      resolve(await text(request));
      response.end();
    };
  });
  const browser = await openBareChromium(site.url('/begun'));
  try {
    expect(JSON.parse(await told)).toEqual({
      persisted: true,
      before: [5, 7],
      after: [5, 7],
      status: 'REQUESTING',
      under: 'under way',
    });
  } finally {
    await browser.close();
    site.close();
  }
});
