import type { Page } from 'playwright-core';
import type { FetchOptions } from 'tickhttp';
import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, eventually, MODES, type Opened, test } from './support/page.ts';

afterAll(closeBrowser);

const KINDS = ['HTTPClient', 'HTTPRequest'] as const;

interface Seen {
  readonly ok: boolean;
  readonly text: string;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** Makes requests one after the other with these options. */
function ask(
  { page }: Opened,
  kind: (typeof KINDS)[number],
  fetch: FetchOptions,
  ...urls: string[]
): Promise<Seen[]> {
  return page.evaluate(
    async ({ kind, fetch, urls }) => {
      const all = [];
      for (const url of urls) {
        const { port, pathname, search } = new URL(url);
        const { code, text, failure } =
          kind === 'HTTPRequest'
            ? await whole(url, { options: { fetch } })
            : await exchange(await connected({ fetch }, Number(port)), pathname + search);
        all.push({ ok: code === 200, text, failure });
      }
      return all;
    },
    { kind, fetch, urls },
  );
}

const CREDENTIALS: FetchOptions[] = [
  {},
  { credentials: 'omit' },
  { credentials: 'same-origin' },
  { credentials: 'include' },
];

/** An option, and how many seconds the response is fresh. */
const CACHED = [
  [null, 3600],
  [null, 0],
  ['default', 3600],
  ['force-cache', 0],
  ['no-store', 3600],
  ['reload', 3600],
  ['no-cache', 3600],
] as const;

const cookieIn = ({ text }: Seen): unknown => JSON.parse(text).headers.cookie;

/** The priorities of what the workers of a page ask for, by the query of the URL, as the browser tells its tools. */
async function prioritiesOf(page: Page): Promise<Record<string, string>> {
  const priorities: Record<string, string> = {};
  const tools = await page.context().newCDPSession(page);
  let attached = 0;
  let answered = 0;
  tools.on('Target.attachedToTarget', ({ sessionId }) => {
    attached += 1;
    const message = JSON.stringify({ id: 1, method: 'Network.enable' });
    void tools.send('Target.sendMessageToTarget', { sessionId, message });
  });
  tools.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, method, params } = JSON.parse(message);
    if (id === 1) answered += 1;
    if (method !== 'Network.requestWillBeSent') return;
    priorities[new URL(params.request.url).search] = params.request.initialPriority;
  });
  await page.evaluate(async () => {
    const pool = new tickhttp.WorkerPool({ threads: 1 });
    tickhttp.WorkerPool.default = pool;
    await pool.ready();
  });
  await tools.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  await eventually(() => expect([attached, answered]).toEqual([1, 1]));
  return priorities;
}

describe.each(MODES)('fetch options, %s', (mode) => {
  describe.each(KINDS)('%s', (kind) => {
    test('credentials: who gets the cookie', async ({ open, elsewhere }) => {
      const opened = await open(mode);
      const { site } = opened;
      await ask(opened, kind, {}, site.url('/login'));
      const urls = [site.url('/echo'), elsewhere.url('/echo?cors=credentials')];
      const seen = [];
      for (const fetch of CREDENTIALS)
        seen.push([fetch, ...(await ask(opened, kind, fetch, ...urls)).map(cookieIn)]);
      expect(seen).toEqual([
        [{}, 'user=me', undefined],
        [{ credentials: 'omit' }, undefined, undefined],
        [{ credentials: 'same-origin' }, 'user=me', undefined],
        [{ credentials: 'include' }, 'user=me', 'user=me'],
      ]);
    });

    test('credentials: with omit no cookie is stored, with include one of another origin is', async ({
      open,
      elsewhere,
    }) => {
      const opened = await open(mode);
      const { site } = opened;
      const echo = site.url('/echo');
      await ask(opened, kind, { credentials: 'omit' }, site.url('/login'));
      const [omitted] = await ask(opened, kind, {}, echo);
      await ask(opened, kind, { credentials: 'include' }, elsewhere.url('/login?cors=credentials'));
      const [included] = await ask(opened, kind, {}, echo);
      expect([omitted, included].map((each) => each && cookieIn(each))).toEqual([undefined, 'user=me']);
    });

    test('credentials: include is a failure if the server allows any page', async ({ open, elsewhere }) => {
      const opened = await open(mode);
      const [seen] = await ask(opened, kind, { credentials: 'include' }, elsewhere.url('/echo?cors'));
      expect(seen?.failure).toMatchObject({ code: 'FETCH_FAILED' });
    });

    test('cache: how often the server is asked for two requests', async ({ open }) => {
      const opened = await open(mode);
      const { asked } = opened.site;
      const seen = [];
      for (const [cache, seconds] of CACHED) {
        const path = `/cached/${seconds}?${cache}`;
        const url = opened.site.url(path);
        const [first, second] = await ask(opened, kind, cache ? { cache } : {}, url, url);
        seen.push([cache, seconds, asked.filter((line) => line === `GET ${path}`).length]);
        expect([first?.text, second?.text]).toEqual(['x', 'x']);
      }
      expect(seen).toEqual([
        [null, 3600, 1],
        [null, 0, 2],
        ['default', 3600, 1],
        ['force-cache', 0, 1],
        ['no-store', 3600, 2],
        ['reload', 3600, 2],
        ['no-cache', 3600, 2],
      ]);
    });

    test('cache: only-if-cached asks no server', async ({ open }) => {
      const opened = await open(mode);
      const url = opened.site.url('/cached/3600');
      const fetch = { cache: 'only-if-cached', mode: 'same-origin' } as const;
      const [missing] = await ask(opened, kind, fetch, url);
      const [, found] = [...(await ask(opened, kind, {}, url)), ...(await ask(opened, kind, fetch, url))];
      expect(missing?.failure?.code).toBe('FETCH_FAILED');
      expect(missing?.failure?.message).toContain("fetch.cache is 'only-if-cached'");
      expect(found).toMatchObject({ ok: true, text: 'x' });
      expect(opened.site.asked).toEqual(['GET /cached/3600']);
    });

    test('mode: same-origin asks no other origin, cors does', async ({ open, elsewhere }) => {
      const opened = await open(mode);
      const other = elsewhere.url('/bytes/4?cors');
      const [own, refused] = await ask(
        opened,
        kind,
        { mode: 'same-origin' },
        opened.site.url('/bytes/4'),
        other,
      );
      expect([own?.ok, refused?.ok, elsewhere.asked]).toEqual([true, false, []]);
      expect(refused?.failure?.code).toBe('FETCH_FAILED');
      expect(refused?.failure?.message).toMatch(/the browser says ".+".*fetch\.mode is 'same-origin'/);
      expect(await ask(opened, kind, { mode: 'cors' }, other)).toMatchObject([{ ok: true }]);
    });

    test('priority: the browser has it', async ({ open }) => {
      const opened = await open(mode);
      const priorities = await prioritiesOf(opened.page);
      for (const priority of ['high', 'low', 'auto'] as const) {
        const url = opened.site.url(`/bytes/4?${priority}`);
        expect(await ask(opened, kind, { priority }, url)).toMatchObject([{ ok: true }]);
      }
      await eventually(() => expect(priorities).toMatchObject({ '?high': 'High', '?low': 'Low' }));
    });

    test('targetAddressSpace: a server that is elsewhere is a failure', async ({ open, elsewhere }) => {
      const opened = await open(mode);
      const url = elsewhere.url('/bytes/4?cors');
      const [here] = await ask(opened, kind, { targetAddressSpace: 'loopback' }, url);
      expect([here?.ok, elsewhere.asked.length]).toEqual([true, 1]);
      for (const targetAddressSpace of ['local', 'public'] as const) {
        const [wrong] = await ask(opened, kind, { targetAddressSpace }, url);
        expect(wrong?.failure?.code).toBe('FETCH_FAILED');
        expect(wrong?.failure?.message).toContain(`${targetAddressSpace} (fetch.targetAddressSpace)`);
      }
      expect(elsewhere.asked).toHaveLength(1);
    });

    test('a wrong one is refused', async ({ open }) => {
      const { page } = await open(mode);
      const said = await page.evaluate((kind) => {
        const wrong = [
          { mode: 'no-cors' },
          { mode: 'navigate' },
          { credentials: true },
          { redirect: 'error' },
        ];
        return wrong.map((fetch) => {
          try {
            Reflect.construct(tickhttp[kind], [{ fetch }]);
            return 'accepted';
          } catch (error) {
            return String(error);
          }
        });
      }, kind);
      const modes = "TypeError: fetch.mode must be one of 'cors', 'same-origin', not the string";
      expect(said).toEqual([
        `${modes} "no-cors"`,
        `${modes} "navigate"`,
        "TypeError: fetch.credentials must be one of 'omit', 'same-origin', 'include', not true",
        expect.stringContaining(
          'TypeError: there is no option fetch.redirect: the options are credentials, ',
        ),
      ]);
    });
  });
});
