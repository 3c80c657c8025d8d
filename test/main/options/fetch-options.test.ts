import { type FetchOptions, HTTPClient, HTTPRequest } from 'tickhttp';
import { describe, expect } from 'vitest';
import { test } from '../../support/servers.ts';
import { fetched } from '../../support/whole.ts';

const oneOf = (name: string, values: string, value: string): RegExp =>
  new RegExp(`^fetch\\.${name} must be one of ${values}, not ${value}$`);

const MODES = "'cors', 'same-origin'";

describe.each([
  ['HTTPClient', HTTPClient],
  ['HTTPRequest', HTTPRequest],
] as const)('the option fetch of %s', (_name, Made) => {
  test.for<[string, FetchOptions]>([
    ['nothing', {}],
    [
      'all',
      {
        credentials: 'include',
        cache: 'only-if-cached',
        mode: 'same-origin',
        priority: 'high',
        targetAddressSpace: 'loopback',
      },
    ],
    ...(['omit', 'same-origin', 'include'] as const).map((credentials) => set({ credentials })),
    ...(['default', 'no-store', 'reload', 'no-cache', 'force-cache'] as const).map((cache) => set({ cache })),
    ...(['cors', 'same-origin'] as const).map((mode) => set({ mode })),
    ...(['high', 'low', 'auto'] as const).map((priority) => set({ priority })),
    ...(['loopback', 'local', 'public'] as const).map((targetAddressSpace) => set({ targetAddressSpace })),
  ])('takes %s', ([, fetch]) => {
    expect(() => new Made({ fetch })).not.toThrow();
  });

  test.for<[unknown, RegExp]>([
    [null, /^fetch must be an object, not null$/],
    ['include', /^fetch must be an object, not a string$/],
    [{ credentials: 'all' }, oneOf('credentials', "'omit', 'same-origin', 'include'", 'the string "all"')],
    [{ credentials: true }, oneOf('credentials', "'omit', 'same-origin', 'include'", 'true')],
    [{ cache: '' }, /^fetch\.cache must be one of 'default', 'no-store', .*, not the string ""$/],
    [{ cache: null }, /^fetch\.cache must be one of .*, not null$/],
    [{ cache: 'only-if-cached' }, /^fetch\.cache 'only-if-cached' needs fetch\.mode 'same-origin'$/],
    ...['no-cors', 'navigate', 'websocket'].map((mode): [unknown, RegExp] => [
      { mode },
      oneOf('mode', MODES, `the string "${mode}"`),
    ]),
    [{ priority: 1 }, oneOf('priority', "'high', 'low', 'auto'", '1')],
    [{ targetAddressSpace: 'private' }, /^fetch\.targetAddressSpace must be one of 'loopback', 'local', /],
    [{ Mode: 'cors' }, /^there is no option fetch\.Mode: did you mean mode\?$/],
    [
      { redirect: 'error' },
      /^there is no option fetch\.redirect: the options are credentials, cache, mode, /,
    ],
  ])('refuses %o', ([fetch, message]) => {
    const construct = () => Reflect.construct(Made, [{ fetch }]);
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(message);
  });
});

test('in Node it has no effect', async ({ servers }) => {
  const server = await servers.http();
  const fetch = { cache: 'only-if-cached', mode: 'same-origin', targetAddressSpace: 'public' } as const;
  const { ok, body } = await fetched(server.url('/bytes/5'), { options: { fetch } });
  expect([ok, body.length]).toEqual([true, 5]);
});

function set(options: FetchOptions): [string, FetchOptions] {
  return [JSON.stringify(options), options];
}
