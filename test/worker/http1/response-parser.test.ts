import { beforeEach, describe, expect, test } from 'vitest';
import type { ResponseHead } from '../../../src/worker/http1/parser/response.ts';
import { ResponseParser } from '../../../src/worker/http1/parser/response-parser.ts';
import { DEFAULT_REQUEST, unescapeBytes } from './notation.ts';
import { Recorder } from './recorder.ts';
import { replay } from './replay.ts';

/** What `cases/` cannot say: the contract between the parser and its owner. */

const FIXED = unescapeBytes('HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello');
const CHUNKED = unescapeBytes(
  'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n',
);
const UNTIL_CLOSE = unescapeBytes('HTTP/1.1 200 OK\\r\\n\\r\\nhello');
const BODY_AT = FIXED.length - 5;

const QUIET = { onHead: () => {}, onBody: () => {}, onTrailers: () => {}, onEnd: () => {} };

let recorder: Recorder;
let parser: ResponseParser;

beforeEach(() => {
  recorder = new Recorder();
  parser = new ResponseParser(recorder, DEFAULT_REQUEST);
});

describe('without a request', () => {
  test('nothing is consumed, and the end of the stream means nothing', () => {
    expect(parser.active).toBe(false);
    expect(parser.feed(FIXED, 0, FIXED.length)).toBe(0);
    parser.finish();
    expect(recorder.text()).toBe('');
  });

  test('after a response it is the same', () => {
    parser.start('GET', false);
    expect(parser.active).toBe(true);
    parser.feed(FIXED, 0, FIXED.length);
    expect(parser.active).toBe(false);
    expect(parser.feed(FIXED, 3, FIXED.length)).toBe(3);
    parser.finish();
    expect(recorder.text()).toMatch(/end$/);
  });

  test('after an error it is the same, until start()', () => {
    parser.start('GET', false);
    expect(() => parser.feed(FIXED, 1, FIXED.length)).toThrow(/not an HTTP/);
    expect(parser.active).toBe(false);
    expect(parser.feed(FIXED, 0, FIXED.length)).toBe(0);
    parser.finish();
    parser.start('GET', false);
    expect(parser.feed(FIXED, 0, FIXED.length)).toBe(FIXED.length);
    expect(recorder.text()).toMatch(/^head 200 .*\n.*\nbody "hello"\nend$/);
  });
});

test('start() in onEnd begins the next response with the next feed', () => {
  recorder.onEnded = () => parser.start('GET', false);
  parser.start('GET', false);
  const two = Uint8Array.of(...FIXED, ...FIXED);
  expect(parser.feed(two, 0, two.length)).toBe(FIXED.length);
  expect(parser.active).toBe(true);
  expect(parser.feed(two, FIXED.length, two.length)).toBe(two.length);
});

test('start() forgets what was under way', () => {
  parser.start('GET', false);
  parser.feed(FIXED, 0, 30);
  expect(parser.keptBytes).toBeGreaterThan(0);
  parser.start('GET', false);
  expect(parser.keptBytes).toBe(0);
  parser.feed(FIXED, 0, FIXED.length);
  expect(recorder.text()).toMatch(/^head 200 .*\n.*\nbody "hello"\nend$/);
});

describe('directBytes() and skip()', () => {
  test('a fixed length: what is left of it', () => {
    parser.start('GET', false);
    parser.feed(FIXED, 0, BODY_AT - 1);
    expect(parser.directBytes()).toBe(0);
    parser.feed(FIXED, BODY_AT - 1, BODY_AT + 1);
    expect(parser.directBytes()).toBe(4);
    parser.skip(3);
    expect(parser.directBytes()).toBe(1);
    parser.skip(1);
    expect(parser.directBytes()).toBe(0);
    expect(recorder.text()).toMatch(/body "h"\nend$/);
  });

  test('chunks: what is left of the chunk, which never is the end', () => {
    const dataAt = CHUNKED.length - 12;
    parser.start('GET', false);
    parser.feed(CHUNKED, 0, dataAt);
    expect(parser.directBytes()).toBe(5);
    parser.skip(5);
    expect(parser.directBytes()).toBe(0);
    expect(parser.active).toBe(true);
    parser.feed(CHUNKED, dataAt + 5, CHUNKED.length);
    expect(parser.active).toBe(false);
  });

  test('until the close: without end', () => {
    parser.start('GET', false);
    parser.feed(UNTIL_CLOSE, 0, UNTIL_CLOSE.length);
    expect(parser.directBytes()).toBe(Number.POSITIVE_INFINITY);
    parser.skip(1e12);
    parser.finish();
    expect(parser.active).toBe(false);
  });

  test('more than the body is refused, nothing is nothing', () => {
    parser.start('GET', false);
    expect(() => parser.skip(1)).toThrow(RangeError);
    parser.skip(0);
    parser.feed(FIXED, 0, BODY_AT);
    expect(() => parser.skip(6)).toThrow(RangeError);
    parser.skip(0);
    expect(parser.directBytes()).toBe(5);
  });
});

test('body ranges are those of the fed memory, shared memory included; fields are not', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(FIXED.length));
  shared.set(FIXED);
  const seen: [Uint8Array, number, number][] = [];
  let fields = new Uint8Array();
  const sink = {
    onHead: (head: ResponseHead) => {
      shared.fill(0, 0, BODY_AT);
      fields = head.fields.slice();
    },
    onBody: (...range: [Uint8Array, number, number]) => seen.push(range),
    onTrailers: () => {},
    onEnd: () => {},
  };
  const reader = new ResponseParser(sink, DEFAULT_REQUEST);
  reader.start('GET', false);
  reader.feed(shared, 0, shared.length);
  expect(seen).toEqual([[shared, BODY_AT, shared.length]]);
  expect(seen[0]?.[0]).toBe(shared);
  expect(fields).toEqual(unescapeBytes('Content-Length: 5\\r\\n'));
});

test('fields are whole until the callback returns, and their memory serves the next head or trailer section', () => {
  const given: [Uint8Array, string][] = [];
  const note = (fields: Uint8Array) => given.push([fields, Buffer.from(fields).toString('latin1')]);
  const sink = { ...QUIET, onHead: ({ fields }: ResponseHead) => note(fields), onTrailers: note };
  const reader = new ResponseParser(sink, DEFAULT_REQUEST);
  const trailers = unescapeBytes(
    'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\nSome-Trailing-Field: trailed\\r\\n\\r\\n',
  );
  reader.start('GET', false);
  reader.feed(trailers, 0, trailers.length);
  expect(given.map(([, text]) => text)).toEqual([
    'Transfer-Encoding: chunked\r\n',
    'Some-Trailing-Field: trailed\r\n',
  ]);
  expect(given[0]?.[0].buffer).toBe(given[1]?.[0].buffer);
});

test('a head of many fields leaves little to the garbage collector', () => {
  const sink = { ...QUIET };
  const reader = new ResponseParser(sink, DEFAULT_REQUEST);
  const many = Array.from({ length: 30 }, (_, index) => `X-Field-${index}: some value\\r\\n`).join('');
  const bytes = unescapeBytes(`HTTP/1.1 200 OK\\r\\n${many}Content-Length: 0\\r\\n\\r\\n`);
  const read = (times: number) => {
    for (let time = 0; time < times; time++) {
      reader.start('GET', false);
      reader.feed(bytes, 0, bytes.length);
    }
  };
  // With the code compiled, some small objects are left for each head, and nothing for each field.
  read(20_000);
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + 10_000;
  while (least > PER_HEAD * 1000 && performance.now() < end) {
    const before = process.memoryUsage().heapUsed;
    read(1000);
    const grown = process.memoryUsage().heapUsed - before;
    // A collection meanwhile says nothing.
    if (grown >= 0) least = Math.min(least, grown);
  }
  expect(least).toBeLessThan(PER_HEAD * 1000);
});

/** Bytes: less than an object for each of 30 fields would take. */
const PER_HEAD = 480;

test('messages are one printable line, however long and binary the cause', () => {
  parser.start('GET', false);
  const bytes = unescapeBytes('\\x1b]0;"evil"\\x07\\(\\xe9*500)\\r\\n');
  expect(() => parser.feed(bytes, 0, bytes.length)).toThrow(
    /^not an HTTP\/1\.x response: "[ -~]{50,200}"\.\.\. \(RFC 9112 section 4\)$/,
  );
});

test.each([
  ['\\r\\r\\nHTTP/1.1 200 OK\\r\\nSet-Cookie: sid=S3CR3T\\r\\n', 'two CRs'],
  ['ICY 200 OK\\r\\nSet-Cookie: sid=S3CR3T\\r\\n', 'another protocol'],
  ['HTTP/1.1 200 OK\\r\\nSet-Cookie: S3CR3T\\x01\\r\\n', 'a control character'],
  ['HTTP/1.1 200 OK\\r\\nSet-Cookie: a\\r\\n S3CR3T\\x01\\r\\n', 'a control character in a fold'],
  ['HTTP/1.1 200 OK\\r\\nSet-Cookie S3CR3T\\r\\n', 'a blank for a colon'],
  ['HTTP/1.1 200 OK\\r\\nSet-Cookie S3CR3T: x\\r\\n', 'a blank in the name'],
  ['HTTP/1.1 200 OK\\r\\nS3CR3T\\r\\n', 'no colon'],
  ['HTTP/1.1 200 OK\\r\\nSet-Cookie: a=1;\\r\\nsid=S3CR3T; path=/\\r\\n', 'a line end in a value'],
  ['HTTP/1.1 200 OK\\r\\nSet-Cookie: a;\\n/S3CR3T:x\\r\\n', 'a line end in a value with a colon'],
  ['HTTP/1.1 200 OK\\r\\n: S3CR3T\\r\\n', 'no name'],
  ['Bearer S3CR3T\\r\\n\\r\\n', 'what was sent comes back'],
  ['HTTP/1.1 Bearer S3CR3T\\r\\n', 'what was sent comes back for a code'],
  ['HTTP/1.1 403 S3CR3T\\x00\\r\\n', 'what was sent comes back as the reason'],
  ['HTTP/1.7 403 S3CR3T\\r\\n', 'what was sent comes back with another version'],
  ['HTTP/1.1 2000 S3CR3T\\r\\n', 'what was sent comes back behind a long code'],
  ['HTTP/1.1 200 OK\\r\\nContent-Length: S3CR3T\\r\\n\\r\\n', 'a length that is none'],
  ['HTTP/1.1 200 OK\\r\\nTransfer-Encoding: Bearer S3CR3T\\r\\n\\r\\n', 'codings that are none'],
  ['HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked, S3CR3T\\r\\n\\r\\n', 'a coding behind chunked'],
  ['Set-Cookie: sid=S3CR3T\\r\\n\\r\\n', 'no status line'],
  ['HTTP/1.1 100\\r\\n\\r\\nHTTP-Key: S3CR3T\\r\\n\\r\\n', 'no status line behind an interim response'],
  ['HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n Key: S3CR3T\\r\\n\\r\\n', 'a field folded into a length'],
  ['HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n Key: S3CR3T\\r\\n\\r\\n', 'or into a coding'],
  ['HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n , S3CR3T\\r\\n\\r\\n', 'a folded coding'],
  ['HTTP/1.1 200 OK\\r\\n S3CR3T\\r\\n', 'a fold of nothing'],
])('no message shows a value: %s', (text) => {
  parser.start('GET', false);
  const bytes = unescapeBytes(text);
  let message = '';
  try {
    parser.feed(bytes, 0, bytes.length);
  } catch (error) {
    message = String(error);
  }
  expect(message).toMatch(/RFC 9112|RFC 9110/);
  expect(message).not.toMatch(/S3CR3T/i);
});

describe('a whole small chunk', () => {
  const LINES = [
    '1',
    '0001',
    `${'0'.repeat(15)}1`,
    `${'0'.repeat(16)}1`,
    'A',
    'fffffffffffffffff',
    '1;a',
    '1 ; \ta = "b;c"',
    '1;',
    '1; ',
    '1 ',
    '1;=a',
    '1;\x01',
    '1;a\x01',
    '1;a\rb',
    '1;a\n',
    '1g',
    '+1',
    ' 1',
    '',
    `1;${'x'.repeat(4091)}`,
    `1;${'x'.repeat(4092)}`,
    `1;${'x'.repeat(4093)}`,
    `1;${'x'.repeat(4094)}`,
    `1;${'x'.repeat(4095)}`,
  ];

  test.each(LINES.map((line, index) => [index, line.slice(0, 20), line] as const))(
    '%i, with the line %j, is read as one that comes byte by byte',
    (_index, _beginning, line) => {
      const data = line.startsWith('A') ? '0123456789' : 'd';
      const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n${line}\r\n${data}\r\n0\r\n\r\n`;
      const wire = Buffer.from(text, 'latin1');
      const bytes = Array.from(wire, (byte) => Uint8Array.of(byte));
      expect(replay(DEFAULT_REQUEST, [wire], 'fed')).toBe(replay(DEFAULT_REQUEST, bytes, 'fed'));
    },
  );
});
