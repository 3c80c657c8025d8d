import { HTTPRequest, Result, WorkerPool } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { answer, encoded, FRAMINGS, PACKINGS, type Packing, pack } from '../../support/packed.ts';
import { fillPattern } from '../../support/pattern.mjs';
import { type Script, startServers } from '../../support/servers.ts';
import { type Asked, fetched } from '../../support/whole.ts';

const servers = await startServers();
afterAll(() => servers.close());

/** Larger than what is unpacked at once, packed as well. */
const LARGE = fillPattern(Buffer.alloc(3_000_000));
const SMALL = Buffer.from('small, '.repeat(300));

async function served(sent: Uint8Array, asked: Asked = {}): ReturnType<typeof fetched> {
  const server = await servers.raw([{ expectHead: true }, { send: sent }, { end: true }]);
  return fetched(server.url(), asked);
}

describe('a packed body is unpacked on the worker', () => {
  for (const packings of PACKINGS)
    test.for(FRAMINGS)(`${packings.join(', ')}: %s`, async (framing) => {
      for (const bytes of [SMALL, LARGE]) {
        const packed = pack(bytes, ...packings);
        const { result, body, headers, failure } = await served(
          answer([encoded(...packings)], packed, framing),
        );
        expect([result, failure]).toEqual([Result.SUCCESS, null]);
        expect(Buffer.from(body).equals(bytes)).toBe(true);
        expect([body.byteOffset, body.buffer.byteLength]).toEqual([0, bytes.length]);
        expect(headers).toContain(encoded(...packings));
      }
    });

  test('also while the caller is blocked from request() on', async () => {
    const server = await servers.raw([
      { expectHead: true },
      { send: answer([encoded('gzip')], pack(LARGE, 'gzip')) },
      { expectHead: true },
      { send: answer([], SMALL) },
    ]);
    const http = new HTTPRequest();
    http.request(server.url());
    // The connection is given to the next request when the answer has come.
    const next = new HTTPRequest();
    next.request(server.url());
    server.blockUntil('both requests', ({ requests }) => requests === 2);
    expect((await http.completed()).body.length).toBe(LARGE.length);
  });

  test('the counters are those of the wire', async () => {
    const packed = pack(LARGE, 'gzip');
    const server = await servers.raw([{ expectHead: true }, { send: answer([encoded('gzip')], packed) }]);
    const http = new HTTPRequest();
    http.request(server.url());
    await http.completed();
    expect([http.getDownloadedBytes(), http.getBodySize()]).toEqual([packed.length, packed.length]);
  });

  test('its connection is used again, for what is packed and what is not', async () => {
    const list = [
      answer([encoded('br')], pack(LARGE, 'br')),
      answer([], SMALL),
      answer([encoded('gzip')], pack(SMALL, 'gzip')),
    ];
    const script: Script = list.flatMap((send) => [{ expectHead: true }, { send }]);
    const server = await servers.raw(script);
    await using pool = new WorkerPool({ threads: 1, keepAliveTimeout: 60_000 });
    for (const { length } of [LARGE, SMALL, SMALL])
      expect((await fetched(server.url(), { options: { pool } })).body.length).toBe(length);
    expect(server.counts.connections).toBe(1);
  });
});

describe('the results', () => {
  const packed = pack(LARGE, 'gzip');

  test.for<[string, Uint8Array]>([
    ['ends early', packed.subarray(0, packed.length / 2)],
    ['ends early, and is small', pack(SMALL, 'gzip').subarray(0, -1)],
    ['is corrupt', Buffer.from(packed).fill(0x55, 5000, 5100)],
    ['is something else', Buffer.from('<html>no gzip at all</html>')],
  ])('BODY_DECOMPRESS_FAILED: what %s', async ([, body]) => {
    for (const framing of FRAMINGS) {
      const told = await served(answer([encoded('gzip')], body, framing));
      expect(told.result).toBe(Result.BODY_DECOMPRESS_FAILED);
      expect([told.responseCode, told.body.length, told.headers[0]]).toEqual([200, 0, encoded('gzip')]);
      expect(told.failure).toMatchObject({
        code: 'BODY_DECOMPRESS_FAILED',
        phase: 'body',
        request: 'answered',
        responseCode: 200,
      });
    }
  });

  test.for<[string, Uint8Array, readonly Packing[]]>([
    ['a small one', pack(Buffer.alloc(2 ** 26), 'gzip', 'gzip'), ['gzip', 'gzip']],
    ['gzip', pack(Buffer.alloc(2 ** 28), 'gzip'), ['gzip']],
    ['br', pack(Buffer.alloc(2 ** 28), 'br'), ['br']],
    ['two codings deep', pack(Buffer.alloc(2 ** 28), 'br', 'gzip'), ['br', 'gzip']],
  ])('BODY_SIZE_LIMIT_EXCEEDED: a bomb, %s', async ([, bomb, packings]) => {
    const before = process.memoryUsage.rss();
    const told = await served(answer([encoded(...packings)], bomb), { bodySizeLimit: 5_000_000 });
    expect(told.result).toBe(Result.BODY_SIZE_LIMIT_EXCEEDED);
    expect(told.failure?.message).toContain('bodySizeLimit is 5000000');
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 27);
  });

  test('BODY_SIZE_LIMIT_EXCEEDED: one that never ends, and of which nothing comes', async () => {
    const head = `HTTP/1.1 200 OK\r\n${encoded('gzip')}\r\n\r\n`;
    const endless = { sendForever: Buffer.alloc(65_536) };
    const server = await servers.raw([
      { expectHead: true },
      { send: head },
      { send: pack(SMALL, 'gzip') },
      endless,
    ]);
    const told = await fetched(server.url(), { bodySizeLimit: 10_000, timeout: 20 });
    expect(told.result).toBe(Result.BODY_SIZE_LIMIT_EXCEEDED);
  });

  test('bodySizeLimit is about what is unpacked', async () => {
    const sent = answer([encoded('gzip')], pack(SMALL, 'gzip'));
    expect((await served(sent, { bodySizeLimit: SMALL.length })).result).toBe(Result.SUCCESS);
    const less = await served(sent, { bodySizeLimit: SMALL.length - 1 });
    expect(less.result).toBe(Result.BODY_SIZE_LIMIT_EXCEEDED);
  });

  test('handed over as it came: unknown codings, more than five, a part', async () => {
    const six = Array.from({ length: 6 }, () => 'gzip').join();
    for (const [field, status] of [
      ['compress', '200 OK'],
      ['gzip, aws-chunked', '200 OK'],
      [six, '200 OK'],
      ['gzip', '206 Partial Content'],
    ]) {
      const sent = answer([`Content-Encoding: ${field}`], packed, 'length', `HTTP/1.1 ${status}`);
      expect(Buffer.from((await served(sent)).body).equals(packed), field).toBe(true);
    }
  });
});
