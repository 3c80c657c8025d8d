import { describe, expect } from 'vitest';
import { launch, load, MODES, test } from './support/page.ts';
import { Site } from './support/site.ts';

/** In which Chromium has the permission; without one, a headless browser answers "no" for the user. */
const PERMISSION = 'local-network-access';

describe.each(MODES)('a page of a public address asks a server of this machine, %s', (mode) => {
  test('without the permission it is FETCH_FAILED, with it a response', async ({
    elsewhere,
    onTestFinished,
  }) => {
    const site = await new Site(mode === 'shared').open();
    onTestFinished(() => site.close());
    const browser = await launch(`--ip-address-space-overrides=127.0.0.1:${site.port}=public`);
    onTestFinished(() => browser.close());
    const context = await browser.newContext();
    const page = await context.newPage();
    await load(page, site);
    const ask = () =>
      page.evaluate(
        async ([url = '', port]) => {
          const { result, failure } = await whole(url);
          const exchanged = await exchange(await connected({}, Number(port)), '/bytes/4?cors');
          return { result, length: exchanged.length, failures: [failure, exchanged.failure] };
        },
        [elsewhere.url('/bytes/4?cors'), String(elsewhere.port)],
      );
    const refused = await ask();
    expect(refused).toMatchObject({ result: 'CONNECTION_ERROR', length: 0 });
    for (const failure of refused.failures) {
      expect(failure?.code).toBe('FETCH_FAILED');
      expect(failure?.message).toMatch(/the browser says ".+".*that the user has allowed local servers/);
    }
    expect(elsewhere.asked).toEqual([]);
    await context.grantPermissions([PERMISSION], { origin: site.url() });
    expect(await ask()).toEqual({ result: 'SUCCESS', length: 4, failures: [null, null] });
  });
});
