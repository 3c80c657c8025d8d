import { HTTPClient } from 'tickhttp';
import { describe, expect, test } from 'vitest';

const http = new HTTPClient();

describe('queryStringFromDict', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      "Godot's own example",
      { key1: 'value', key2: 123, key3: [1, 2, 3], key4: null },
      'key1=value&key2=123&key3=1&key3=2&key3=3&key4',
    ],
    [
      "the class reference's log-in example",
      { username: 'user', password: 'pass' },
      'username=user&password=pass',
    ],
    [
      "the class reference's example with a list",
      { single: 123, not_valued: null, multiple: [22, 33, 44] },
      'single=123&not_valued&multiple=22&multiple=33&multiple=44',
    ],
    ['nothing', {}, ''],
    ['an empty value', { a: '', b: 1 }, 'a=&b=1'],
    ['an empty key', { '': 1 }, '=1'],
    ['undefined like null', { a: undefined, b: null }, 'a&b'],
    ['an empty list, which gives nothing', { a: 1, none: [], b: 2 }, 'a=1&b=2'],
    ['null inside a list as text', { a: [null, undefined, 1] }, 'a=%3Cnull%3E&a=%3Cnull%3E&a=1'],
    ['booleans and numbers', { a: true, b: false, c: -1, d: 1.5, e: 10n }, 'a=true&b=false&c=-1&d=1.5&e=10'],
    ['bytes as a list in one value', { a: new Uint8Array([1, 2, 3]) }, 'a=%5B1%2C%202%2C%203%5D'],
    ['a list in a list, strings quoted', { a: [[1, 'x']] }, 'a=%5B1%2C%20%22x%22%5D'],
    [
      'an object in one value',
      { a: { b: 1, c: 'd' } },
      'a=%7B%20%22b%22%3A%201%2C%20%22c%22%3A%20%22d%22%20%7D',
    ],
  ])('writes %s', (_what, fields, expected) => {
    expect(http.queryStringFromDict(fields)).toBe(expected);
  });

  test('keeps the order in which the fields were added', () => {
    expect(http.queryStringFromDict({ z: 1, a: 2, m: 3 })).toBe('z=1&a=2&m=3');
  });

  test.each([
    ['ABCXYZabcxyz0189-._~', 'ABCXYZabcxyz0189-._~'],
    [' ', '%20'],
    ['+', '%2B'],
    ['&=?#/%', '%26%3D%3F%23%2F%25'],
    ["!'()*", '%21%27%28%29%2A'],
    ['"<>[]{}|\\^`@:;,$', '%22%3C%3E%5B%5D%7B%7D%7C%5C%5E%60%40%3A%3B%2C%24'],
    ['\r\n\t\0\x7f', '%0D%0A%09%00%7F'],
    ['ü', '%C3%BC'],
    ['世界', '%E4%B8%96%E7%95%8C'],
    ['🎮', '%F0%9F%8E%AE'],
  ])('percent-encodes %j, in keys, values and lists', (text, encoded) => {
    expect(http.queryStringFromDict({ [text]: text, list: [text] })).toBe(
      `${encoded}=${encoded}&list=${encoded}`,
    );
  });

  test('encodes half a surrogate pair as U+FFFD', () => {
    expect(http.queryStringFromDict({ a: '\ud83c' })).toBe('a=%EF%BF%BD');
  });

  test('makes a query that URLSearchParams reads back', () => {
    const fields = { name: 'Ünï cödé & more', path: '/a?b=c#d', plus: '1+1=2' };
    const parsed = new URLSearchParams(http.queryStringFromDict(fields));
    expect(Object.fromEntries(parsed)).toEqual(fields);
  });

  test.each([
    ['null', null, /^fields must be an object, not null/],
    ['a string', 'a=1', /^fields must be an object, not a string$/],
    ['undefined', undefined, /^fields must be an object, not undefined/],
    ['a function as a value', { a: () => 1 }, /^fields\.a must be data/],
    ['a symbol in a list', { a: [Symbol('x')] }, /^fields\.a must be data/],
  ])('throws a TypeError for %s', (_what, fields, message) => {
    const call = () => Reflect.apply(http.queryStringFromDict, http, [fields]);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  test('throws a TypeError that names the field for an object that contains itself', () => {
    const fields: Record<string, unknown> = {};
    fields.self = { fields };
    const call = () => http.queryStringFromDict(fields);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(/^fields\.self /);
  });
});
