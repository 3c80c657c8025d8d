import { describe, expect, test } from 'vitest';
import { type Hop, type RedirectRules, redirect } from '../../../src/worker/exchange/redirects.ts';
import { follow, makeHop, outcome, RULES } from './hop.ts';

const SECRETS = ['Authorization: s', 'PROXY-AUTHORIZATION: s', 'cookie:s', 'Host: h.test', 'x-Key: s'];
const BODY_FIELDS = [
  'Content-Type: text/plain',
  'content-length: 3',
  'CONTENT-MD5:x',
  'Transfer-Encoding: chunked',
  'Trailer: X-Sum',
  'Expect: 100-continue',
];
/** Names that only begin or end like those that are dropped. */
const OTHERS = [
  'Accept: a',
  'X-Authorization: a',
  'Cookies: a',
  'Contents: a',
  'X-Content-Type: a',
  'Accept: b',
];
const HEADERS = [...OTHERS, ...SECRETS, ...BODY_FIELDS];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'];

/** By status, what each of METHODS becomes. */
const NEXT_METHODS = {
  301: ['GET', 'HEAD', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'],
  302: ['GET', 'HEAD', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'],
  303: ['GET', 'HEAD', 'GET', 'GET', 'GET', 'GET', 'GET', 'GET'],
  307: METHODS,
  308: METHODS,
};

const PLACES = [
  { place: 'the same origin', from: 'http://a.test/x', to: 'http://a.test/y', same: true },
  { place: 'the same origin over TLS', from: 'https://a.test/x', to: 'https://a.test/y', same: true },
  { place: 'the port of the scheme', from: 'http://a.test/x', to: 'http://A.test:80/y', same: true },
  { place: 'https:', from: 'http://a.test/x', to: 'https://a.test/y', same: false },
  { place: 'https: on one port', from: 'http://a.test:81/x', to: 'https://a.test:81/y', same: false },
  { place: 'http:', from: 'https://a.test/x', to: 'http://a.test/y', same: false },
  { place: 'another port', from: 'http://a.test/x', to: 'http://a.test:81/y', same: false },
  { place: 'another host', from: 'http://a.test/x', to: 'http://b.test/y', same: false },
  { place: 'a host below', from: 'http://a.test/x', to: 'http://sub.a.test/y', same: false },
];

const CASES = Object.entries(NEXT_METHODS).flatMap(([status, next]) =>
  METHODS.flatMap((method, index) =>
    PLACES.map((place) => ({ status: Number(status), method, next: next[index] ?? '', ...place })),
  ),
);

describe('each status and method', () => {
  test.each(CASES)('$status of $method to $place: $next', ({ status, method, next, from, to, same }) => {
    const rules = { ...RULES, allowInsecure: true, sensitiveHeaders: ['x-key'] };
    for (const hasBody of [true, false]) {
      const hop = makeHop({ url: from, method, headers: HEADERS, hasBody });
      const withoutBody = next !== method;
      expect(redirect(hop, status, [to], 0, rules)).toEqual({
        kind: 'next',
        hop: {
          url: new URL(to).href,
          method: next,
          headers: [...OTHERS, ...(same ? SECRETS : []), ...(withoutBody ? [] : BODY_FIELDS)],
          hasBody: hasBody && !withoutBody,
        },
      });
    }
  });

  const statuses = Array.from({ length: 800 }, (_, index) => 100 + index);
  test.each(METHODS)('no other status is followed: %s', (method) => {
    const hop = makeHop({ method });
    const followed = statuses.filter((status) => redirect(hop, status, ['/'], 0, RULES).kind !== 'deliver');
    expect(followed).toEqual([301, 302, 303, 307, 308]);
  });

  test.each([301, 302, 303, 307, 308])('%i is delivered without Location, or if so asked', (status) => {
    expect(redirect(makeHop(), status, [], 9, { ...RULES, maxRedirects: 0 })).toEqual({ kind: 'deliver' });
    const rules = { ...RULES, follow: false, maxRedirects: 0 };
    expect(redirect(makeHop(), status, ['ftp://h/', '/'], 9, rules)).toEqual({ kind: 'deliver' });
  });
});

test('what was dropped does not come back, and what is sensitive is named in any case', () => {
  const rules = { ...RULES, sensitiveHeaders: ['X-KEY'] };
  const hops = walk(makeHop({ headers: HEADERS }), ['/1', '//b.test/2', '/3', '//a.test/4'], rules);
  expect(hops.map(({ url }) => url)).toEqual([
    'http://a.test/1#f',
    'http://b.test/2#f',
    'http://b.test/3#f',
    'http://a.test/4#f',
  ]);
  const kept = HEADERS.filter((header) => !SECRETS.includes(header));
  expect(hops.map(({ headers }) => headers)).toEqual([HEADERS, kept, kept, kept]);
});

test('a method that became GET stays so, and its body does not come back', () => {
  const hop = makeHop({ method: 'POST', headers: BODY_FIELDS, hasBody: true });
  const [first, second] = walk(hop, ['/1', '/2'], RULES, [303, 307]);
  const get = { method: 'GET', headers: [], hasBody: false };
  expect([first, second]).toEqual([
    { ...get, url: 'http://a.test/1#f' },
    { ...get, url: 'http://a.test/2#f' },
  ]);
});

function walk(start: Hop, locations: string[], rules: RedirectRules, statuses: number[] = []): Hop[] {
  const hops: Hop[] = [];
  let hop = start;
  for (const [index, location] of locations.entries()) {
    const next = redirect(hop, statuses[index] ?? 307, [location], index, rules);
    if (next.kind !== 'next') throw new Error(outcome(next));
    hop = next.hop;
    hops.push(hop);
  }
  return hops;
}

describe('the limit', () => {
  test.each([
    { limit: 0, followed: 0, reached: true },
    { limit: 1, followed: 0, reached: false },
    { limit: 1, followed: 1, reached: true },
    { limit: 8, followed: 7, reached: false },
    { limit: 8, followed: 8, reached: true },
    { limit: 8, followed: 9, reached: true },
    { limit: -1, followed: 0, reached: false },
    { limit: -1, followed: 1_000_000, reached: false },
  ])('of $limit after $followed: reached is $reached', ({ limit, followed, reached }) => {
    const result = redirect(makeHop(), 301, ['/'], followed, { ...RULES, maxRedirects: limit });
    expect(outcome(result)).toBe(reached ? 'REDIRECT_LIMIT_REACHED' : 'http://a.test/#f');
    if (reached) expect(result).toMatchObject({ kind: 'failure', result: 'REDIRECT_LIMIT_REACHED' });
  });

  test('ends a loop', () => {
    let hop = makeHop({ url: 'http://a.test/0' });
    let followed = 0;
    for (;;) {
      const result = redirect(hop, 302, [`/${(followed + 1) % 2}`], followed, RULES);
      if (result.kind !== 'next') {
        expect(outcome(result)).toBe('REDIRECT_LIMIT_REACHED');
        break;
      }
      hop = result.hop;
      followed += 1;
    }
    expect(followed).toBe(8);
  });

  test('comes before a look at the Location', () => {
    for (const locations of [['ftp://h/'], ['http://'], ['/1', '/2'], ['http://a.test/']]) {
      const hop = makeHop({ url: 'https://a.test/' });
      expect(outcome(redirect(hop, 301, locations, 8, RULES))).toBe('REDIRECT_LIMIT_REACHED');
    }
  });
});

describe('https to http', () => {
  test.each([
    ['https://a.test/', 'http://a.test/', 'INSECURE_REDIRECT'],
    ['https://a.test/', 'http://b.test:443/', 'INSECURE_REDIRECT'],
    ['https://a.test/', 'HTTP://a.test:443/', 'INSECURE_REDIRECT'],
    ['https://a.test/', '//b.test/', 'https://b.test/'],
    ['http://a.test/', 'https://a.test/', 'https://a.test/'],
    ['http://a.test/', 'http://b.test/', 'http://b.test/'],
  ])('from %s to %s: %s', (from, to, expected) => {
    const result = follow(to, from);
    expect(outcome(result)).toBe(expected);
    if (result.kind === 'failure') expect(result.result).toBe('CONNECTION_ERROR');
    expect(outcome(follow(to, from, { allowInsecure: true }))).toBe(new URL(to, from).href);
  });
});

describe('the messages', () => {
  const from = 'https://a.test:81/secret?secret#secret';
  const message = (locations: string[], followed = 0) => {
    const hop = makeHop({ url: from, headers: ['Authorization: secret'] });
    const result = redirect(hop, 302, locations, followed, RULES);
    return result.kind === 'failure' ? result.message : result.kind;
  };

  test.each([
    [['/'], 8, 'after 8 redirects, as many as maxRedirects allows. Raise maxRedirects, check whether'],
    [
      ['http://secret:secret@b.test/secret?secret'],
      0,
      ' and redirects to "http://b.test", which is not encrypted.',
    ],
    [['/secret', '/secret2'], 0, 'its 2 values differ'],
    [['https://secret:secret@b.test:99999/secret'], 0, 'it is not a URL, or its host or port is invalid'],
    [['https://secret@b.test:0/?secret'], 0, 'its port is 0'],
    [['https:///secret'], 0, 'it has no host'],
    [['ftp://b.test/secret'], 0, 'its scheme is "ftp:", but only "http:" and "https:" are followed'],
    [['secret:secret@b.test'], 0, 'its scheme is another one, but only'],
    [[`/${'x'.repeat(300_000)}`], 0, 'it makes a URL longer than 262144 characters'],
  ])('%# tell what happened', (locations, followed, expected) => {
    const text = message(locations, followed);
    expect(text).toMatch(/^"https:\/\/a\.test:81" answered 302 .*\.$/);
    expect(text).toContain(expected);
    expect(text).not.toContain('secret');
  });

  test('count in English', () => {
    const result = redirect(makeHop(), 301, ['/'], 1, { ...RULES, maxRedirects: 1 });
    expect(result).toMatchObject({ message: expect.stringContaining('after 1 redirect, as many as') });
  });

  test('are short, whatever the server sends', () => {
    const long = 'x'.repeat(10_000);
    for (const location of [`${long}:x`, `http://${long}/`]) {
      const text = message([location]);
      expect(text.length).toBeLessThan(400);
      expect(text).toContain('xxx...');
    }
  });
});
