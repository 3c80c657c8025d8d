import { existsSync, readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { EndlessBody } from './support/endless-body.ts';
import { eventually, MODES, test } from './support/page.ts';

const MB = 2 ** 20;
const BUFFER_SIZE = MB;
/** The most that the system lets one end of a connection hold, which it does when a program stands still for a while. */
const mostOf = (end: 'tcp_rmem' | 'tcp_wmem'): number => {
  const file = `/proc/sys/net/ipv4/${end}`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').trim().split(/\s+/)[2]) : 8 * MB;
};
/** What Chromium 156 takes of a body that nobody reads, and what sockets take. */
const AHEAD = 64 * MB + mostOf('tcp_rmem') + mostOf('tcp_wmem');

// The bytes are counted at the server. That the worker posts no more than the page has room for:
// test/shared/log/posted-memory.test.ts.
describe.each(MODES)('back-pressure in a page, %s', (mode) => {
  test('who reads nothing, and who stops after a while, holds the server back', async ({ openBare }) => {
    const { page, site } = await openBare(mode);
    const body = new EndlessBody(site);
    await page.evaluate(async (bufferSize) => {
      kept = await connected({ bufferSize });
      kept.request(tickhttp.Method.GET, '/endless', []);
      await pollUntil(kept, () => kept.getStatus() === tickhttp.Status.BODY);
    }, BUFFER_SIZE);
    const unread = await body.heldBack(BUFFER_SIZE);
    expect(unread).toBeLessThan(BUFFER_SIZE + AHEAD);

    const read = await page.evaluate((count) => readChecked(kept, 0, count), 100 * MB);
    const later = await body.heldBack(read);
    expect(later).toBeLessThan(read + BUFFER_SIZE + AHEAD);

    const more = await page.evaluate(([from, count]) => readChecked(kept, from, count), [
      read,
      20 * MB,
    ] as const);
    expect(more).toBeGreaterThanOrEqual(20 * MB);
    await page.evaluate(() => kept.close());
    await eventually(() => expect(body.closed).toBe(true));
  });

  test('a whole request collects up to bodySizeLimit, and ends the fetch there', async ({ openBare }) => {
    const { page, site } = await openBare(mode);
    const body = new EndlessBody(site);
    const limit = 100 * MB;
    const { result, failure } = await page.evaluate(
      (bodySizeLimit) => whole(`${location.origin}/endless`, { bodySizeLimit }),
      limit,
    );
    expect([result, failure?.code]).toEqual(['BODY_SIZE_LIMIT_EXCEEDED', 'BODY_SIZE_LIMIT_EXCEEDED']);
    await eventually(() => expect(body.closed).toBe(true));
    expect(body.sent).toBeGreaterThan(limit);
    expect(body.sent).toBeLessThan(limit + AHEAD);
  });
});
