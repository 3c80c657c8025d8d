import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

/** Fits into the log, which takes 400 characters of a message. */
const LONG_HOST = `${'a'.repeat(60)}.${'b'.repeat(20)}.localhost`;

describe.each(MODES)('the message of FETCH_FAILED, %s', (mode) => {
  test.for([
    ['no server', false, '127.0.0.1'],
    ['no server, and a long name', false, LONG_HOST],
    ['a server that does not allow the page', true, '127.0.0.1'],
  ] as const)('%s', async ([, listens, host], { open, elsewhere, nobody }) => {
    const { page } = await open(mode);
    const port = listens ? elsewhere.port : nobody;
    const failures = await page.evaluate(
      async ({ host, port }) => [
        (await whole(`http://${host}:${port}/bytes/4`)).failure,
        (await exchange(await connected({}, port, host), '/bytes/4')).failure,
      ],
      { host, port },
    );
    expect(elsewhere.asked).toHaveLength(listens ? 2 : 0);
    for (const failure of failures) {
      expect(failure).toEqual({
        phase: 'response',
        code: 'FETCH_FAILED',
        request: 'unanswered',
        message:
          `The request to ${host}:${port} failed: the browser says "Failed to fetch"; its console may say more. ` +
          'Check that the server runs, that it allows this page (CORS), and that the user has allowed local ' +
          'servers; also redirect loops, mixed content, and connect-src (CSP) (FETCH_FAILED).',
      });
    }
  });

  test('a body that breaks off', async ({ open }) => {
    const { page, site } = await open(mode);
    const failures = await page.evaluate(async () => [
      (await whole(`${location.origin}/truncated`)).failure,
      (await exchange(await connected(), '/truncated')).failure,
    ]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ phase: 'body', code: 'FETCH_FAILED', request: 'answered' });
      const { message = '' } = failure ?? {};
      expect(message).toContain(`The response from 127.0.0.1:${site.port} broke off: the browser says "`);
      expect(message).toContain(
        'may say more. The connection was lost, or the body does not match its Content-Length',
      );
    }
  });
});
