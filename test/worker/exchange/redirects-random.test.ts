import { describe, expect, test } from 'vitest';
import { type Hop, type Redirection, redirect } from '../../../src/worker/exchange/redirects.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';
import { RULES, utf8 } from './hop.ts';

/** Whatever bytes a Location has. TICKHTTP_SEED repeats a run. */
const seed = freshSeed();
const LOCATIONS = 5_000;

/** Never in a message: a user, a password, a query, a field's value. */
const SECRET = 'hunter2';

const BEGINNINGS = ['', 'http://', 'https://', '//', 'http://b.test', 'HTTP://a.test/', 'ftp://', ' /', '?'];
const PIECES = [
  ...[
    'http:',
    'https:',
    'HTTP:',
    'ftp:',
    'javascript:',
    'file:',
    'data:',
    ':',
    ':80',
    ':443',
    ':0',
    ':65536',
  ],
  ...[
    '/',
    '//',
    '///',
    '\\',
    '.',
    '..',
    '../',
    '?',
    '#',
    '@',
    '[',
    ']',
    '[::1]',
    '%',
    '%2e',
    '%00',
    '%zz',
    '%C3',
  ],
  ...['a.test', 'b.test', '127.0.0.1', '1', 'xn--', '-', '*', ' ', '\t', '\n', '\0', '\x7f', '\xfc', '\xff'],
  ...['\u00fc', '\u3002', '\uff0f', '\ufeff', '\u00ad'].map(utf8),
  ...[`${SECRET}@`, `u:${SECRET}@`, `?k=${SECRET}`, `#${SECRET}`, `/${SECRET}`],
];
const BASES = ['http://a.test/x/y?q#f', 'https://a.test:444/', 'http://[::1]:81/?', 'https://b.test/z#'];
const HEADERS = [`Authorization: ${SECRET}`, 'Accept: a'];

describe(`random Locations, seed ${seed}`, () => {
  const below = randomFrom(seed);
  const pick = <T>(choices: readonly T[]): T =>
    choices[below(choices.length)] ?? fail('nothing to pick from');
  const makeByte = () => String.fromCharCode(below(256));
  const makePiece = () => (below(4) === 0 ? makeByte() : pick(PIECES));
  const makeLocation = () => [pick(BEGINNINGS), ...Array.from({ length: below(7) }, makePiece)].join('');

  test('never throw, and lead to a URL that can be asked for, or nowhere', () => {
    const kinds = new Map<string, number>();
    for (let count = 0; count < LOCATIONS; count += 1) {
      const hop = { url: pick(BASES), method: pick(['GET', 'POST']), headers: HEADERS, hasBody: true };
      const locations = Array.from({ length: below(10) === 0 ? 2 : 1 }, makeLocation);
      const rules = { ...RULES, allowInsecure: below(2) === 0 };
      const result = redirect(hop, pick([301, 303, 307]), locations, 0, rules);
      check(hop, result, JSON.stringify({ locations, url: hop.url }));
      const kind = result.kind === 'failure' ? result.code : result.kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    // Else the pieces above are the wrong ones.
    expect([...kinds.keys()].sort()).toEqual(['INSECURE_REDIRECT', 'INVALID_REDIRECT', 'next']);
    expect(Math.min(...kinds.values())).toBeGreaterThan(LOCATIONS / 250);
  });
});

function check(from: Hop, result: Redirection, what: string): void {
  if (result.kind === 'failure') {
    expect(result.message, what).toMatch(/^[\x20-\x7e]{20,400}$/);
    // A path's first piece may be a host, which is shown: only as such.
    expect(result.message.replaceAll(`//${SECRET}`, ''), what).not.toContain(SECRET);
    return;
  }
  expect(result.kind, what).toBe('next');
  if (result.kind !== 'next') return;
  const { url, headers } = result.hop;
  expect(url, what).toMatch(/^https?:\/\/[\x21-\x7e]+$/);
  const parsed = new URL(url);
  expect(parsed.href, what).toBe(url);
  expect([parsed.username, parsed.password], what).toEqual(['', '']);
  expect(parsed.hostname, what).not.toBe('');
  expect(parsed.port, what).not.toBe('0');
  const sameOrigin = parsed.origin === new URL(from.url).origin;
  expect(headers, what).toEqual(sameOrigin ? HEADERS : ['Accept: a']);
}

function fail(message: string): never {
  throw new RangeError(message);
}
