import { describe, expect, test } from 'vitest';
import { readRecord, recordText } from '../../../../src/worker/exchange/files/record.ts';
import {
  type Found,
  fieldsForRest,
  judgeRest,
  judgeWhole,
  strongETag,
  type Verdict,
} from '../../../../src/worker/exchange/files/resume.ts';

const FOUND: Found = { size: 40, total: 100, etag: '"v1"' };
const ALL: Found = { ...FOUND, size: 100 };
const PART = 'Content-Range: bytes 40-99/100\nETag: "v1"\n';

const FRESH: Verdict = { kind: 'fresh' };
const PAGE: Verdict = { kind: 'page', forget: false };
const FORGET: Verdict = { kind: 'page', forget: true };
const REST: Verdict = { kind: 'rest' };
const COMPLETE: Verdict = { kind: 'complete' };
const mismatch = (why: string): Verdict => ({ kind: 'mismatch', why: expect.stringContaining(why) });

test('the rest is asked for by Range, and by If-Range only of the same version', () => {
  expect(fieldsForRest(FOUND)).toEqual(['Range: bytes=40-', 'If-Range: "v1"']);
});

test.each<[number, Verdict]>([
  [200, FRESH],
  [201, FRESH],
  [206, FRESH],
  [299, FRESH],
  [300, PAGE],
  [304, PAGE],
  [404, PAGE],
  [416, PAGE],
  [500, PAGE],
])('an answer of %i, where nothing was to be gone on with', (status, verdict) => {
  expect(judgeWhole(status)).toEqual(verdict);
});

describe('an answer where something was to be gone on with', () => {
  test.each<[what: string, found: Found | null, status: number, fields: string, verdict: Verdict]>([
    ['the rest', FOUND, 206, PART, REST],
    ['the same in other words', FOUND, 206, 'etag: "v1"\ncontent-range: BYTES  40-99/100\n', REST],
    ['a rest that begins before', FOUND, 206, PART.replace('40', '39'), mismatch('begins at 39, not at 40')],
    ['a rest that begins behind', FOUND, 206, PART.replace('40', '41'), mismatch('begins at 41')],
    ['a rest that ends early', FOUND, 206, PART.replace('99', '98'), mismatch('ends at 98, not at 99')],
    ['of another total', FOUND, 206, PART.replace('/100', '/101'), mismatch('of 101 bytes')],
    ['of an unknown total', FOUND, 206, PART.replace('/100', '/*'), mismatch('Content-Range')],
    ['of another version', FOUND, 206, PART.replace('v1', 'v2'), mismatch('ETag')],
    ['of a weak version', FOUND, 206, PART.replace('"v1"', 'W/"v1"'), mismatch('ETag')],
    ['of no version', FOUND, 206, 'Content-Range: bytes 40-99/100\n', mismatch('ETag')],
    ['of two versions', FOUND, 206, `${PART}ETag: "v1"\n`, mismatch('ETag')],
    ['with two places', FOUND, 206, `${PART}Content-Range: bytes 40-99/100\n`, mismatch('Content-Range')],
    ['several parts', FOUND, 206, 'Content-Type: multipart/byteranges\n', mismatch('Content-Range')],
    ['a part, unasked', null, 206, PART, mismatch('no range')],
    ['all of it', FOUND, 200, 'ETag: "v2"\n', FRESH],
    ['all of it, unversioned', FOUND, 200, '', FRESH],
    ['all of it, where there was nothing', null, 200, '', FRESH],
    ['not found', FOUND, 404, '', PAGE],
    ['an error', FOUND, 500, PART, PAGE],
    ['not modified', FOUND, 304, 'ETag: "v1"\n', PAGE],
    ['nothing is missing', ALL, 416, 'Content-Range: bytes */100\n', COMPLETE],
    ['nothing is missing, with the version', ALL, 416, 'Content-Range: bytes */100\nETag: "v1"\n', COMPLETE],
    ['nothing is missing, of another version', ALL, 416, 'Content-Range: bytes */100\nETag: "v2"\n', FORGET],
    ['it has become shorter', FOUND, 416, 'Content-Range: bytes */40\n', FORGET],
    ['it has become longer', ALL, 416, 'Content-Range: bytes */101\n', FORGET],
    ['a refusal that says no more', ALL, 416, '', FORGET],
    ['a refusal, unasked', null, 416, 'Content-Range: bytes */100\n', PAGE],
  ])('%s', (_what, found, status, fields, verdict) => {
    expect(judgeRest(found, status, fields)).toEqual(verdict);
  });
});

test.each([
  ['ETag: "v1"\n', '"v1"'],
  ['A: b\nETAG: ""\n', '""'],
  ['ETag: W/"v1"\n', null],
  ['ETag: v1\n', null],
  ['ETag: "a"b"\n', null],
  ['ETag: "a b"\n', null],
  ['ETag: "\u00e9"\n', null],
  [`ETag: "${'x'.repeat(2000)}"\n`, null],
  ['X-ETag: "v1"\n', null],
  ['', null],
])('the strong ETag of %j is %j', (fields, etag) => {
  expect(strongETag(fields)).toBe(etag);
});

describe('a record', () => {
  const text = recordText({ etag: '"v1"', total: 100 }, 'hash', 'last');

  test('is read as it was written', () => {
    expect(readRecord(text, 'hash')).toEqual({ etag: '"v1"', total: 100, lastHash: 'last' });
  });

  test.each([
    ['of another URL', text.replace('hash', 'other')],
    ['cut short', text.slice(0, 20)],
    ['empty', ''],
    ['no object', 'null'],
    ['with a weak ETag', JSON.stringify({ etag: 'W/"v1"', total: 100, url: 'hash', last: 'last' })],
    [
      'with an ETag of two lines',
      JSON.stringify({ etag: '"v1"\r\nX: y', total: 100, url: 'hash', last: 'last' }),
    ],
    ['without a total', JSON.stringify({ etag: '"v1"', url: 'hash', last: 'last' })],
    ['with no whole total', JSON.stringify({ etag: '"v1"', total: 1.5, url: 'hash', last: 'last' })],
    ['with a total of 0', JSON.stringify({ etag: '"v1"', total: 0, url: 'hash', last: 'last' })],
    [
      'with an ETag of another kind',
      JSON.stringify({ etag: ['"v1"'], total: 100, url: 'hash', last: 'last' }),
    ],
  ])('is none if it is %s', (_what, other) => {
    expect(readRecord(other, 'hash')).toBeNull();
  });
});
