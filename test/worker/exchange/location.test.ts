import { describe, expect, test } from 'vitest';
import { MAX_URL_LENGTH } from '../../../src/worker/exchange/location.ts';
import { redirect } from '../../../src/worker/exchange/redirects.ts';
import { follow, makeHop, outcome, RULES, utf8 } from './hop.ts';

const INVALID = 'INVALID_REDIRECT';

function testAll(cases: readonly (readonly [location: string, expected: string])[], from?: string): void {
  test.each(cases)('%j: %s', (location, expected) => {
    const result = follow(location, from);
    expect(outcome(result)).toBe(expected);
    if (result.kind === 'failure') expect(result.result).toBe('CONNECTION_ERROR');
  });
}

describe('against http://a.test/x/y?q#f', () => {
  testAll([
    ['z', 'http://a.test/x/z#f'],
    ['/z', 'http://a.test/z#f'],
    ['./z', 'http://a.test/x/z#f'],
    ['../z', 'http://a.test/z#f'],
    ['../../../z', 'http://a.test/z#f'],
    ['?z', 'http://a.test/x/y?z#f'],
    ['?', 'http://a.test/x/y?#f'],
    ['#z', 'http://a.test/x/y?q#z'],
    ['#', 'http://a.test/x/y?q#'],
    ['', 'http://a.test/x/y?q#f'],
    ['.', 'http://a.test/x/#f'],
    ['//b.test/z', 'http://b.test/z#f'],
    ['//b.test', 'http://b.test/#f'],
    ['//b.test?z', 'http://b.test/?z#f'],
    ['http://b.test/z', 'http://b.test/z#f'],
    ['http://b.test/z#', 'http://b.test/z#'],
    ['http://b.test/z#g#h', 'http://b.test/z#g#h'],
    ['HTTPS://B.test/Z', 'https://b.test/Z#f'],
    ['http:z', 'http://a.test/x/z#f'],
    ['http:/z', 'http://a.test/z#f'],
    ['HTTP:z', 'http://a.test/x/z#f'],
    ['./z:z', 'http://a.test/x/z:z#f'],
    ['\\\\b.test\\z', 'http://b.test/z#f'],
    ['http://b.test:80/', 'http://b.test/#f'],
    ['http://b.test:65535/', 'http://b.test:65535/#f'],
    ['http://b.test:/', 'http://b.test/#f'],
    ['http://[::1]:81/z', 'http://[::1]:81/z#f'],
    ['http://127.1/z', 'http://127.0.0.1/z#f'],
  ]);
});

describe('without a fragment there is none to inherit', () => {
  testAll(
    [
      ['', 'http://a.test/x?q'],
      ['z', 'http://a.test/z'],
      ['#g', 'http://a.test/x?q#g'],
    ],
    'http://a.test/x?q',
  );
});

describe('blanks and controls', () => {
  testAll([
    ['  \t/z \t', 'http://a.test/z#f'],
    ['\r\n/z', 'http://a.test/z#f'],
    ['/a b', 'http://a.test/a%20b#f'],
    ['/a\tb', 'http://a.test/ab#f'],
    ['/a\x00\x01\x7fb', 'http://a.test/a%00%01%7Fb#f'],
    ['http://a b/', INVALID],
    ['http://a\x00b/', INVALID],
  ]);
});

describe('bytes beyond ASCII', () => {
  testAll([
    [utf8('/\u00fc\u20ac?\u00fc'), 'http://a.test/%C3%BC%E2%82%AC?%C3%BC#f'],
    [utf8('#\u00fc'), 'http://a.test/x/y?q#%C3%BC'],
    ['/\xfc?\xfc', 'http://a.test/%FC?%FC#f'],
    ['/\x80\xff', 'http://a.test/%80%FF#f'],
    // What is encoded stays so, in the case that it has.
    [`/%c3%bc%FC%zz%${utf8('\u00fc')}`, 'http://a.test/%c3%bc%FC%zz%%C3%BC#f'],
    // Unicode's blanks are bytes like others.
    ['\xa0/z\x85\xa0', 'http://a.test/x/%A0/z%85%A0#f'],
    [utf8('\ufeff/z'), 'http://a.test/x/%EF%BB%BF/z#f'],
    // A host: a name in UTF-8 is one (RFC 3986 section 3.2.2).
    [utf8('http://m\u00fcller.test/'), 'http://xn--mller-kva.test/#f'],
    [utf8('//M\u00dcLLER.test:81/'), 'http://xn--mller-kva.test:81/#f'],
    ['http://m\xfcller.test/', INVALID],
    ['http://m%fcller.test/', INVALID],
    [utf8('http://b.test:8\u0661/'), INVALID],
    // No letter of another width is a delimiter.
    [utf8('http://b\uff0fc.test/'), INVALID],
    [utf8('http://b\uff20c.test/'), INVALID],
    [utf8('\u00fc:z'), 'http://a.test/x/%C3%BC:z#f'],
  ]);
});

describe('userinfo is dropped', () => {
  testAll([
    ['http://user:pass@a.test/z', 'http://a.test/z#f'],
    ['//user@b.test/z', 'http://b.test/z#f'],
    ['http://:@b.test/z', 'http://b.test/z#f'],
    ['https://u@v:p@ss@b.test/z', 'https://b.test/z#f'],
    [utf8('http://\u00fc:\u00fc@b.test/z'), 'http://b.test/z#f'],
    ['http://a.test\\@b.test/z', 'http://a.test/@b.test/z#f'],
  ]);

  test('and becomes no Authorization', () => {
    const hop = makeHop({ headers: ['Accept: a'] });
    const result = redirect(hop, 302, ['http://user:pass@a.test/z'], 0, RULES);
    expect(result).toMatchObject({ kind: 'next', hop: { headers: ['Accept: a'] } });
  });
});

test('a host that Node 25 can parse only once ends no process', () => {
  const result = follow(utf8('http://user@\u00fcxn--b.test/z'));
  expect(['http://xn--xn--b-jva.test/z#f', INVALID]).toContain(outcome(result));
});

describe('other schemes', () => {
  const locations = [
    'javascript:alert(1)',
    'JavaScript:x',
    'file:///etc/passwd',
    'ftp://b.test/',
    'ws://b.test/',
  ];
  const more = [
    'data:,x',
    'blob:http://b.test/x',
    'about:blank',
    'mailto:x',
    'b.test:80/x',
    'httpx://b.test/',
  ];
  testAll([...locations, ...more].map((location) => [location, INVALID] as const));
});

describe('what is no URL', () => {
  const hosts = [
    'http://',
    '//',
    'http://:80/',
    'http://?z',
    'http://@/',
    'http://u@/x',
    'http://[::1/',
    'http://[z]/',
  ];
  const more = [
    'http://a%2fb/',
    'http://a%00b/',
    'http://256.1.1.1/',
    'http://a<b/',
    'http://[fe80::1%25eth0]/',
  ];
  const ports = ['http://b.test:0/', 'http://b.test:65536/', 'http://b.test:-1/', 'http://b.test:8a/'];
  testAll([...hosts, ...more, ...ports].map((location) => [location, INVALID] as const));
});

describe('a host that is missing is not made of the path', () => {
  const locations = [
    'http:///z',
    'https:////z',
    '///z',
    '\\\\/z',
    '\t\x01 ///z',
    'ht\ttp:/\n//z',
    'https:z',
    'https:/z',
  ];
  testAll(locations.map((location) => [location, INVALID] as const));
  // Where the scheme is the current one, one slash or none is a path (RFC 3986 section 5.2.2).
  testAll([['https:z', 'https://a.test/z']], 'https://a.test/');
});

describe('several', () => {
  test.each([
    [['/z', '/z'], 'http://a.test/z#f'],
    [['/z', ' /z \t ', '/z'], 'http://a.test/z#f'],
    [['', ''], 'http://a.test/x/y?q#f'],
    [['/z', '/Z'], INVALID],
    [['/z', '/z#'], INVALID],
    [['/z', ''], INVALID],
    [['/\xfc', '/\xfd'], INVALID],
    // They lead to one place, but are not equal.
    [['/z', 'http://a.test/z'], INVALID],
  ])('%j: %s', (locations, expected) => {
    expect(outcome(redirect(makeHop(), 301, locations, 0, RULES))).toBe(expected);
  });
});

describe('length', () => {
  const longest = `http://b.test/${'x'.repeat(MAX_URL_LENGTH - 16)}`;

  testLength('as long as it may be', `${longest}#f`, 'next');
  testLength('as long as it may be before it inherits a fragment', longest, 'next');
  testLength('longer', `${longest}x`, 'failure');
  testLength('longer once it is encoded', `/${'\xff'.repeat(100_000)}`, 'failure');
  testLength('longer before it is simplified', `/${'./'.repeat(200_000)}`, 'failure');

  function testLength(name: string, location: string, expected: string): void {
    test(name, () => expect(follow(location).kind).toBe(expected));
  }

  test('what becomes longer with each redirect ends', () => {
    let hop = makeHop({ url: 'http://a.test/' });
    for (let followed = 0; ; followed += 1) {
      const result = redirect(hop, 302, [`${'x'.repeat(50_000)}/`], followed, { ...RULES, maxRedirects: -1 });
      if (result.kind !== 'next') {
        expect(outcome(result)).toBe(INVALID);
        break;
      }
      hop = result.hop;
      expect(hop.url.length).toBeLessThanOrEqual(MAX_URL_LENGTH);
    }
  });

  test('is looked at once', () => {
    const blanks = ' '.repeat(MAX_URL_LENGTH / 4);
    const begun = performance.now();
    for (const location of [`/z${blanks}z`, `${blanks}/z`, `/z${blanks}`, '\t'.repeat(MAX_URL_LENGTH)]) {
      expect(follow(location).kind).toBe('next');
    }
    // Each takes a millisecond or two; what is quadratic takes minutes.
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
