import { format, inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  type Completion,
  type HTTPResult,
  RequestResult,
} from '../../../src/main/http-request/http-result.ts';
import { Result } from '../../../src/shared/enums.ts';

const FAILURE = {
  phase: 'response',
  code: 'ECONNRESET',
  message: 'The server has reset the connection.',
  request: 'unanswered',
} as const;

function make(parts: Partial<Completion> = {}): HTTPResult {
  return new RequestResult({
    result: Result.SUCCESS,
    responseCode: 200,
    fields: '',
    body: new Uint8Array(0),
    url: 'https://example.com/',
    failure: null,
    stored: false,
    ...parts,
  });
}

const bytes = (text: string, encoding: BufferEncoding = 'utf8') =>
  new Uint8Array(Buffer.from(text, encoding));

describe('ok', () => {
  test.each([
    [Result.SUCCESS, 200, true],
    [Result.SUCCESS, 299, true],
    [Result.SUCCESS, 199, false],
    [Result.SUCCESS, 300, false],
    [Result.SUCCESS, 404, false],
    [Result.BODY_SIZE_LIMIT_EXCEEDED, 200, false],
    [Result.CANT_CONNECT, 0, false],
  ])('of result %d and response code %d is %s', (result, responseCode, ok) => {
    expect(make({ result, responseCode })).toMatchObject({ result, responseCode, ok });
  });
});

test('of a request that failed before an answer there is the failure, and nothing else', () => {
  const result = make({ result: Result.CONNECTION_ERROR, responseCode: 0, failure: FAILURE });
  expect(result.failure).toBe(FAILURE);
  expect([result.headers, result.getHeader('Host'), result.getHeaderValues('Host')]).toEqual([[], null, []]);
  expect([result.body, result.text()]).toEqual([new Uint8Array(0), '']);
});

describe('headers', () => {
  const lines = ['Content-Type: text/html', 'Set-Cookie: a=1', 'set-COOKIE: b=2: c', 'X-Empty: '];
  const read = () => make({ fields: `${lines.join('\n')}\n` });

  test('are lines, in the order and casing of the server, in the same array each time', () => {
    const result = read();
    expect(result.headers).toEqual(lines);
    expect(result.headers).toBe(result.headers);
  });

  test('are found by name, whatever the casing', () => {
    const result = read();
    expect(result.getHeader('content-TYPE')).toBe('text/html');
    expect(result.getHeader('SET-cookie')).toBe('a=1');
    expect(result.getHeaderValues('Set-Cookie')).toEqual(['a=1', 'b=2: c']);
    expect(result.getHeader('X-Empty')).toBe('');
    for (const name of ['Content', 'Cookie', 'Content-Type: text', 'Set-Cookie: b=2', ''])
      expect([result.getHeader(name), result.getHeaderValues(name)]).toEqual([null, []]);
  });

  test('are found by name though the caller has changed the arrays', () => {
    const result = read();
    result.headers.length = 0;
    result.getHeaderValues('Set-Cookie').length = 0;
    expect(result.getHeaderValues('set-cookie')).toEqual(['a=1', 'b=2: c']);
  });

  test('asked for by what is no name are a TypeError', () => {
    for (const method of ['getHeader', 'getHeaderValues']) {
      const call = () => Reflect.apply(Reflect.get(RequestResult.prototype, method), make(), [/x/]);
      expect(call).toThrow(TypeError);
      expect(call).toThrow('name must be a string, not ');
    }
  });
});

describe('the body', () => {
  test('is the array that came, the same each time', () => {
    const body = bytes('text');
    const result = make({ body });
    expect(result.body).toBe(body);
    expect(result.body).toBe(result.body);
  });

  test.each([
    ['', ''],
    ['grüße, 世界 🎮', 'grüße, 世界 🎮'],
    ['\ufefftext', 'text'],
    ['\ufeff\ufefftext', '\ufefftext'],
    ['a\ufeffb', 'a\ufeffb'],
  ])('as text is UTF-8, without the byte order mark in front: %j', (sent, text) => {
    const result = make({ body: bytes(sent) });
    expect([result.text(), result.text()]).toEqual([text, text]);
  });

  test('as text has U+FFFD for what is no UTF-8', () => {
    expect(make({ body: bytes('caf\xe9!', 'latin1') }).text()).toBe('caf\ufffd!');
  });

  test('whose memory was transferred has no text, and says so', () => {
    const result = make({ body: bytes('{}') });
    structuredClone(result.body.buffer, { transfer: [result.body.buffer] });
    for (const read of [() => result.text(), () => result.json()]) {
      expect(read).toThrow(TypeError);
      expect(read).toThrow('body must be a Uint8Array with memory');
    }
  });

  test('as JSON is parsed anew each time', () => {
    const result = make({ body: bytes('\ufeff{"a": [1, "ü"]}') });
    expect(result.json()).toEqual({ a: [1, 'ü'] });
    expect(result.json()).not.toBe(result.json());
    expect(make({ body: bytes('null') }).json()).toBeNull();
  });

  test('that is not JSON is a SyntaxError, with where it came from and how it was answered', () => {
    const url = 'https://user:S3CR3T@example.com:8443/path?key=S3CR3T#S3CR3T';
    const json = (text: string) => () => make({ url, responseCode: 404, body: bytes(text) }).json();
    const from = 'The body from https://example.com:8443 is not JSON';
    const advice = '(result SUCCESS, response code 404). Look at ok before json().';
    expect(json('<p>S3CR3T')).toThrow(new SyntaxError(`${from}: 9 bytes, see text() ${advice}`));
    expect(json('')).toThrow(new SyntaxError(`${from}: it is empty ${advice}`));
  });

  test('that is not there, of a request that was refused, is a SyntaxError, too', () => {
    const result = make({ result: Result.REQUEST_FAILED, responseCode: 0, url: 'no URL', failure: FAILURE });
    const message = 'The body is not JSON: it is empty (result REQUEST_FAILED, response code 0). ';
    expect(() => result.json()).toThrow(new SyntaxError(`${message}Look at ok before json().`));
  });

  test.each(['S3CR3T', '{"token": "S3CR3T", }', '[S3CR3T', '"S3CR3T', '{"S3CR3T" 1}'])(
    'that is not JSON is quoted nowhere in the error: %s',
    (text) => {
      let caught: unknown;
      try {
        make({ body: bytes(text) }).json();
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(SyntaxError);
      expect(inspect(caught, { showHidden: true })).not.toContain('S3CR3T');
    },
  );
});

test('nothing is decoded before it is asked for', () => {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode');
  try {
    const result = make({ fields: 'X-A: 1\n', body: bytes('2') });
    expect([result.ok, result.body.length, decode.mock.calls.length]).toEqual([true, 1, 0]);
    expect([result.headers, result.getHeader('X-A'), decode.mock.calls.length]).toEqual([['X-A: 1'], '1', 0]);
    expect([result.text(), result.json(), decode.mock.calls.length]).toEqual(['2', 2, 2]);
  } finally {
    decode.mockRestore();
  }
});

test('printing it shows how it ended, and no URL, no field and no body', () => {
  const result = make({
    result: Result.BODY_SIZE_LIMIT_EXCEEDED,
    url: 'https://user:S3CR3T@example.com/?key=S3CR3T',
    fields: 'Set-Cookie: id=S3CR3T\n',
    body: bytes('S3CR3T'),
    failure: FAILURE,
  });
  const shown = { result: 7, ok: false, responseCode: 200, failure: FAILURE };
  const printed = () => [inspect(result), JSON.stringify(result), format('%O', result)];
  const before = printed();
  expect(before.slice(0, 2)).toEqual([`HTTPResult ${inspect(shown)}`, JSON.stringify(shown)]);
  expect(before.join()).not.toContain('S3CR3T');
  // Nor when all of it was read.
  expect([result.headers, result.text(), result.getHeader('set-cookie')]).toContain('id=S3CR3T');
  expect(printed()).toEqual(before);
});
