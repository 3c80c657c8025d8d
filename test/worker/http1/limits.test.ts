import { describe, expect, test } from 'vitest';
import { HttpError } from '../../../src/worker/http1/parser/http-error.ts';
import { type ParserLimits, ResponseParser } from '../../../src/worker/http1/parser/response-parser.ts';
import { unescapeBytes } from './notation.ts';
import { Recorder } from './recorder.ts';

const LIMITS: ParserLimits = { maxHeadSize: 2000, maxHeadFields: 100_000 };
const CHUNKED = 'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n';

/** What a server can go on with for ever: a beginning, then one thing again and again. */
const ENDLESS = [
  ['run of empty lines', '', '\\r\\n', 'INVALID_STATUS_LINE'],
  ['status line', 'HTTP/1.1 200 ', 'x', 'HEAD_TOO_LARGE'],
  ['field line', 'HTTP/1.1 200\\r\\nA: ', 'x', 'HEAD_TOO_LARGE'],
  ['field name', 'HTTP/1.1 200\\r\\n', 'x', 'HEAD_TOO_LARGE'],
  ['whitespace', 'HTTP/1.1 200\\r\\nA:', ' ', 'HEAD_TOO_LARGE'],
  ['fields', 'HTTP/1.1 200\\r\\n', 'A:\\r\\n', 'HEAD_TOO_LARGE'],
  ['fields, the shortest that there are', 'HTTP/1.1 200\\n', 'A:\\n', 'HEAD_TOO_LARGE'],
  ['folds', 'HTTP/1.1 200\\r\\nA: 1\\r\\n', ' \\r\\n', 'HEAD_TOO_LARGE'],
  ['interim responses', '', 'HTTP/1.1 100 Continue\\r\\n\\r\\n', 'HEAD_TOO_LARGE'],
  ['chunk size', CHUNKED, '0', 'INVALID_CHUNK'],
  ['blanks behind a chunk size', `${CHUNKED}1`, ' ', 'INVALID_CHUNK'],
  ['chunk extension', `${CHUNKED}1;`, 'x', 'INVALID_CHUNK'],
  ['chunk extensions', `${CHUNKED}1`, ';a=b', 'INVALID_CHUNK'],
  ['trailer line', `${CHUNKED}0\\r\\nA: `, 'x', 'HEAD_TOO_LARGE'],
  ['trailers', `${CHUNKED}0\\r\\n`, 'A: 1\\r\\n', 'HEAD_TOO_LARGE'],
] as const;

describe.each([1, 7, 1000])('in pieces of %i', (pieceSize) => {
  test.each(ENDLESS)('an endless %s is refused, and never held beyond the limit', (_, start, again, code) => {
    const bytes = unescapeBytes(`${start}\\(${again}*10000)`);
    const parser = new ResponseParser(new Recorder(), LIMITS);
    parser.start('GET', false);
    const { error, fedBytes, mostHeld } = feedUntilError(parser, bytes, pieceSize);
    expect(error.code).toBe(code);
    expect(mostHeld).toBeLessThanOrEqual(LIMITS.maxHeadSize);
    expect(fedBytes).toBeLessThanOrEqual(start.length + 5000 + pieceSize);
    expect(parser.keptBytes).toBe(0);
  });
});

test('whitespace without end inside a framing field takes linear time', () => {
  const blanks = ' '.repeat(1_000_000);
  const head = `HTTP/1.1 200\\r\\nConnection: a${blanks}b\\r\\nContent-Length: 1${blanks}2\\r\\n\\r\\n`;
  const parser = new ResponseParser(new Recorder(), { ...LIMITS, maxHeadSize: 4_000_000 });
  parser.start('GET', false);
  // Quadratic, these are 10^12 steps: the test would not fail by a margin, but never come back.
  const { error } = feedUntilError(parser, unescapeBytes(head), 4_000_000);
  expect(error.code).toBe('INVALID_CONTENT_LENGTH');
  expect(error.message.length).toBeLessThan(200);
});

test('chunk framing is not held at all', () => {
  const parser = new ResponseParser(new Recorder(), LIMITS);
  parser.start('GET', false);
  const bytes = unescapeBytes(`${CHUNKED}1;\\(x*4000)`);
  expect(parser.feed(bytes, 0, bytes.length)).toBe(bytes.length);
  expect(parser.keptBytes).toBe(0);
});

test('the limit of a chunk line is for each line anew', () => {
  const recorder = new Recorder();
  const parser = new ResponseParser(recorder, LIMITS);
  parser.start('GET', false);
  const bytes = unescapeBytes(`${CHUNKED}\\(1;a=0123456789\\r\\nx\\r\\n*1000)0\\r\\n\\r\\n`);
  expect(parser.feed(bytes, 0, bytes.length)).toBe(bytes.length);
  expect(recorder.text()).toMatch(/x{1000}"\nend$/);
});

function feedUntilError(parser: ResponseParser, bytes: Uint8Array, pieceSize: number) {
  let mostHeld = 0;
  for (let at = 0; at < bytes.length; at += pieceSize) {
    try {
      parser.feed(bytes, at, Math.min(bytes.length, at + pieceSize));
    } catch (error) {
      if (error instanceof HttpError) return { error, fedBytes: at + pieceSize, mostHeld };
      throw error;
    }
    mostHeld = Math.max(mostHeld, parser.keptBytes);
  }
  throw new Error('all of it was accepted');
}
