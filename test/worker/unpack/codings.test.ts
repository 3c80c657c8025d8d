import { expect, test } from 'vitest';
import { packedWith } from '../../../src/worker/unpack/codings.ts';
import type { Coding } from '../../../src/worker/unpack/decoder.ts';

const KNOWN: readonly Coding[] = ['gzip', 'deflate', 'br'];

const CASES: [fields: string[], codings: readonly Coding[]][] = [
  [[], []],
  [['Content-Type: text/plain'], []],
  [['Content-Encoding: gzip'], ['gzip']],
  [['Content-Encoding: x-gzip'], ['gzip']],
  [['CONTENT-ENCODING: GZip'], ['gzip']],
  [['content-encoding:br'], ['br']],
  [['Content-Encoding: \t deflate\t '], ['deflate']],
  [['Content-Encoding: gzip, br'], ['gzip', 'br']],
  [['Content-Encoding: br,gzip\t,\tdeflate'], ['br', 'gzip', 'deflate']],
  [['Content-Encoding: , gzip,,'], ['gzip']],
  [
    ['Content-Encoding: gzip', 'Server: x', 'content-encoding: br'],
    ['gzip', 'br'],
  ],
  [['Content-Encoding:'], []],
  [['Content-Encoding: identity'], []],
  [['Content-Encoding: identity, Identity, gzip, identity'], ['gzip']],
  [['Content-Encoding: gzip, gzip, gzip, gzip, gzip'], ['gzip', 'gzip', 'gzip', 'gzip', 'gzip']],
  [['Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip'], []],
  [['Content-Encoding: gzip, gzip, gzip', 'Content-Encoding: gzip, gzip, gzip'], []],
  [['Content-Encoding: zstd'], []],
  [['Content-Encoding: gzip, compress'], []],
  [['Content-Encoding: compress, gzip'], []],
  [['Content-Encoding: gzip;q=1'], []],
  [['Content-Encoding: "gzip"'], []],
  [['Content-Encoding: g\xfczip'], []],
  [['Content-Encoding: gzip\xa0'], []],
  [['Content-Encoding: x-br'], []],
  [['Content-Encoding: __proto__'], []],
  [['X-Content-Encoding: gzip'], []],
  [['Content-Encodings: gzip'], []],
  [['Vary: content-encoding: gzip'], []],
];

test.each(CASES)('%j: %j', (fields, codings) => {
  expect(packedWith(200, lines(fields), KNOWN)).toEqual(codings);
});

test.each([100, 101, 103, 199, 204, 206, 304])('never for %d', (statusCode) => {
  expect(packedWith(statusCode, lines(['Content-Encoding: gzip']), KNOWN)).toEqual([]);
});

test.each([200, 203, 205, 299, 301, 404, 416, 500, 999])('also for %d', (statusCode) => {
  expect(packedWith(statusCode, lines(['Content-Encoding: gzip']), KNOWN)).toEqual(['gzip']);
});

test('what is known may be more, or less', () => {
  const fields = lines(['Content-Encoding: zstd, gzip']);
  expect(packedWith(200, fields, [...KNOWN, 'zstd'])).toEqual(['zstd', 'gzip']);
  expect(packedWith(200, fields, ['zstd'])).toEqual([]);
  expect(packedWith(200, lines(['Content-Encoding: x-gzip']), ['br'])).toEqual([]);
});

function lines(fields: readonly string[]): Uint8Array {
  return Buffer.from(fields.map((field) => `${field}\n`).join(''), 'latin1');
}
