import { afterEach, describe, expect, test, vi } from 'vitest';
import { ReplyReader } from '../../../../src/worker/node/dial/http-tunnel.ts';

const LIMITS = { maxHeadSize: 65_536, maxHeadFields: 256 };
const FIELDS = Array.from({ length: 200 }, (_, at) => `X-Field-${at}: ${'v'.repeat(100)}`);
const INTERIM = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
const HEAD = `HTTP/1.1 407 Proxy Authentication Required\r\n${FIELDS.join('\r\n')}\r\n\r\n`;
const TUNNEL = '\0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n';

/** Feeds `text` in pieces of `size`, and returns the reader and what it has left of the last piece. */
function read(text: string, size: number): [ReplyReader, Buffer] {
  const reader = new ReplyReader(LIMITS);
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) {
    const rest = reader.take(bytes.subarray(at, at + size));
    if (reader.reply) return [reader, rest];
  }
  return [reader, Buffer.alloc(0)];
}

describe("a proxy's answer to CONNECT", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([1, 2, 3, 7, 1000, 100_000])('is the same in pieces of %i bytes', (size) => {
    const [{ reply }, rest] = read(INTERIM + HEAD + TUNNEL, size);
    expect(reply?.statusCode).toBe(407);
    expect(reply?.response.statusLine).toBe('HTTP/1.1 407 Proxy Authentication Required');
    expect(reply?.response.headers).toEqual(FIELDS);
    expect(TUNNEL.startsWith(rest.toString('latin1'))).toBe(true);
    expect(rest.length).toBe(size === 100_000 ? TUNNEL.length : rest.length);
  });

  test.each([
    ['HTTP/1.1 403 voil\xc3\xa0', 'HTTP/1.1 403 voil\u00e0'],
    ['HTTP/1.1 403 \xe5\xb8\xa0 ', 'HTTP/1.1 403 \u5e20'],
    ['HTTP/1.1 403 \xe0 la carte', 'HTTP/1.1 403 \u00e0 la carte'],
    ['HTTP/1.1 403 caf\xe9', 'HTTP/1.1 403 caf\u00e9'],
  ])('has the status line %j, as UTF-8 where it is valid', (line, statusLine) => {
    for (const end of ['\r\n', '\n']) {
      for (const size of [1, 1000]) {
        const [{ reply }] = read(`${line}${end}A: b${end}${end}`, size);
        expect(reply?.response).toEqual({ statusLine, headers: ['A: b'] });
      }
    }
  });

  test.each([
    ['a blank before the colon', 'A : b\r\nC\t \t: d', ['A: b', 'C: d']],
    ['no colon', 'A: b\r\nwhat\r\nC: d', ['A: b', 'C: d']],
    ['no name', ': x\r\nA: b', ['A: b']],
    ['a blank in a name', 'A B: x\r\nC: d', ['C: d']],
    ['a letter beyond ASCII in a name', 'A\xe4: x\r\nC: d', ['C: d']],
    ['a control character in a value', 'A: \x1b[0m\r\nB: \0\r\nC: d', ['C: d']],
    ['a lone CR', 'A: x\ry\r\nC: d', ['C: d']],
    ['a fold of nothing', ' x\r\nA: b', ['A: b']],
    ['a fold of a faulty line', 'A: b\r\nwhat\r\n x\r\nC: d\r\n\t e\r\n \r\n f', ['A: b', 'C: d e f']],
    ['no framing', 'Content-Length: x\r\nTransfer-Encoding: ', ['Content-Length: x', 'Transfer-Encoding: ']],
    ['other bytes than UTF-8', 'A: caf\xe9\xa0 \r\nB: voil\xc3\xa0', ['A: caf\u00e9\u00a0', 'B: voil\u00e0']],
    ['line feeds alone', 'A: b\nwhat\nC: d', ['A: b', 'C: d']],
    ['too many', Array(300).fill('A: b').join('\r\n'), Array(256).fill('A: b')],
  ])('that refuses may have %s in its fields', (_what, fields, headers) => {
    for (const size of [1, 7, 100_000]) {
      const [{ reply }, rest] = read(`${INTERIM}HTTP/1.1 407 No\r\n${fields}\r\n\r\n`, size);
      expect(reply).toEqual({ statusCode: 407, response: { statusLine: 'HTTP/1.1 407 No', headers } });
      expect(rest).toHaveLength(0);
    }
  });

  test('that refuses is known when it ends behind its status line; one that opens a tunnel is not', () => {
    const replies = ['HTTP/1.1 403 No\r\nA: b\r\nC: ', 'HTTP/1.1 403', 'HTTP/1.1 200 OK\r\nA: b\r\n'].map(
      (head) => {
        const [reader] = read(head, 1000);
        reader.end();
        return reader.reply?.response ?? null;
      },
    );
    expect(replies).toEqual([{ statusLine: 'HTTP/1.1 403 No', headers: ['A: b'] }, null, null]);
  });

  test.each(['A : b', 'what', 'A: \0'])('that opens a tunnel may not have %j in its fields', (line) => {
    expect(() => read(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`, 1)).toThrow(/RFC 911/);
  });

  /** Characters that were handed to what reads text, and those that bytes were made. */
  function countWork(): () => number {
    let count = 0;
    const { exec } = RegExp.prototype;
    vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text) {
      count += text.length;
      return exec.call(this, text);
    });
    const { split, slice } = String.prototype;
    vi.spyOn(String.prototype, 'slice').mockImplementation(function (this: string, start, end) {
      count += this.length;
      return slice.call(this, start, end);
    });
    vi.spyOn(String.prototype, 'split').mockImplementation(function (this: string, separator, limit) {
      count += this.length;
      return Reflect.apply(split, this, [separator, limit]);
    });
    const decode = Buffer.prototype.toString;
    vi.spyOn(Buffer.prototype, 'toString').mockImplementation(function (this: Buffer, ...parameters) {
      const text = decode.apply(this, parameters);
      count += text.length;
      return text;
    });
    return () => count;
  }

  test('that comes byte by byte is not read anew with each byte', () => {
    const work = [HEAD.length, 1].map((size) => {
      const counted = countWork();
      const [{ reply }] = read(INTERIM + HEAD, size);
      const count = counted();
      vi.restoreAllMocks();
      expect(reply?.statusCode).toBe(407);
      return count;
    });
    // Each character a few times, whatever the pieces: not half a million of them for each.
    for (const count of work) expect(count).toBeLessThan(10 * HEAD.length);
  });
});
