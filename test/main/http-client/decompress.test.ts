import { randomFillSync } from 'node:crypto';
import { type HTTPClient, type HTTPClientOptions, Method, Status, WorkerPool } from 'tickhttp';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, exchange, pollUntil, readBody, settled, text } from '../../support/client.ts';
import { answer, encoded, FRAMINGS, PACK, PACKINGS, type Packing, pack } from '../../support/packed.ts';
import { fillPattern } from '../../support/pattern.mjs';
import { type Script, startServers } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const BODY = Buffer.from(Array.from({ length: 9000 }, (_, i) => `line ${i * i}\n`).join(''));
const CAPACITY = 2 ** 20;

async function connectTo(script: Script, options: HTTPClientOptions = {}): Promise<HTTPClient> {
  return connect(await servers.raw(script), { decompress: true, ...options });
}

/** Answers one request after the other. */
function answers(...list: Uint8Array[]): Script {
  return list.flatMap((send) => [{ expectHead: true }, { send }]);
}

/** Answers one, and is gone. */
function last(send: Uint8Array): Script {
  return [{ expectHead: true }, { send }, { end: true }];
}

async function textOf(http: HTTPClient): Promise<string> {
  return text((await exchange(http, Method.GET, '/')).body);
}

describe('a packed body is unpacked', () => {
  for (const packings of PACKINGS)
    test.for(FRAMINGS)(`${packings.join(', ')}: %s`, async (framing) => {
      const packed = answer([encoded(...packings)], pack(BODY, ...packings), framing);
      const http = await connectTo(framing === 'close' ? last(packed) : answers(packed));
      const { code, body, headers, status } = await exchange(http, Method.GET, '/');
      expect(code).toBe(200);
      expect(Buffer.from(body).equals(BODY)).toBe(true);
      expect(http.getResponseBodyLength()).toBe(-1);
      expect(headers).toContain(encoded(...packings));
      expect(status).toBe(framing === 'close' ? Status.DISCONNECTED : Status.CONNECTED);
    });

  test('whatever pieces it comes in', async () => {
    const packed = answer([encoded('gzip')], pack(BODY.subarray(0, 3000), 'gzip'), 'chunked');
    for (const size of [1, 2, 3, 7]) {
      const http = await connectTo([{ expectHead: true }, { sendEach: packed, size }]);
      const { body } = await exchange(http, Method.GET, '/');
      expect(Buffer.from(body).equals(BODY.subarray(0, 3000)), `${size}`).toBe(true);
    }
  });

  test('several members are one, what stands behind them is nothing, an empty body is empty', async () => {
    const [one, two] = [pack(BODY, 'gzip'), pack(Buffer.from('and more'), 'gzip')];
    const http = await connectTo(
      answers(
        answer([encoded('gzip')], Buffer.concat([one, two])),
        answer([encoded('gzip')], Buffer.concat([two, Buffer.from('rubbish')])),
        answer([encoded('gzip')], Buffer.alloc(0)),
        answer([encoded('br')], Buffer.alloc(0), 'chunked'),
      ),
    );
    const all = Buffer.concat([BODY, Buffer.from('and more')]);
    expect(Buffer.from((await exchange(http, Method.GET, '/')).body).equals(all)).toBe(true);
    expect(await textOf(http)).toBe('and more');
    expect(await textOf(http)).toBe('');
    expect(await textOf(http)).toBe('');
    expect(http.getStatus()).toBe(Status.CONNECTED);
  });

  test('one answer after the other, packed or not', async () => {
    const plain = answer([], BODY);
    const packed = answer([encoded('gzip')], pack(BODY, 'gzip'));
    const http = await connectTo(answers(packed, plain, packed, packed, plain));
    for (const length of [-1, BODY.length, -1, -1, BODY.length]) {
      const { body } = await exchange(http, Method.GET, '/');
      expect(http.getResponseBodyLength()).toBe(length);
      expect(Buffer.from(body).equals(BODY)).toBe(true);
    }
  });

  test('a ring of 16 KiB is enough for any of it', async () => {
    const large = fillPattern(Buffer.alloc(3_000_000));
    const packed = answer([encoded('gzip')], pack(large, 'gzip'), 'chunked');
    const limits = { headSize: 1024, headFields: 20 };
    const http = await connectTo(answers(packed), { bufferSize: 2 ** 14, limits });
    const { body } = await exchange(http, Method.GET, '/');
    expect(Buffer.from(body).equals(large)).toBe(true);
  });

  test('trailers come behind it', async () => {
    const body = Buffer.from(answer([encoded('gzip')], pack(BODY, 'gzip'), 'chunked').subarray(0, -2));
    const http = await connectTo(answers(Buffer.concat([body, Buffer.from('X-Sum: 1\r\n\r\n')])));
    expect(Buffer.from((await exchange(http, Method.GET, '/')).body).equals(BODY)).toBe(true);
    expect(http.getResponseTrailers()).toEqual(['X-Sum: 1']);
  });

  test('in blocking mode', async () => {
    const server = await servers.raw(answers(answer([encoded('br')], pack(BODY, 'br'), 'chunked')));
    const http = await connect(server, { decompress: true });
    http.blockingModeEnabled = true;
    http.request(Method.GET, '/', []);
    while (http.getStatus() === Status.REQUESTING) http.poll();
    const pieces: Uint8Array[] = [];
    while (http.getStatus() === Status.BODY) {
      http.poll();
      pieces.push(http.readResponseBodyChunk());
    }
    expect(Buffer.concat(pieces).equals(BODY)).toBe(true);
  });
});

describe('is handed over as it came', () => {
  const packed = pack(BODY, 'gzip');
  test.for<[string, string[], string]>([
    ['an unknown coding', ['Content-Encoding: compress'], '200 OK'],
    ['an unknown one among others', ['Content-Encoding: gzip, sdch'], '200 OK'],
    ['six codings', ['Content-Encoding: gzip, gzip, gzip', 'Content-Encoding: gzip, gzip, gzip'], '200 OK'],
    ['a part', ['Content-Encoding: gzip', 'Content-Range: bytes 0-9/10'], '206 Partial Content'],
    ['no coding', [], '200 OK'],
  ])('%s', async ([, fields, status]) => {
    const http = await connectTo(answers(answer(fields, packed, 'length', `HTTP/1.1 ${status}`)));
    const { body } = await exchange(http, Method.GET, '/');
    expect(http.getResponseBodyLength()).toBe(packed.length);
    expect(Buffer.from(body).equals(packed)).toBe(true);
  });

  test('everything, without the option', async () => {
    const http = await connectTo(answers(answer([encoded('gzip')], packed)), { decompress: false });
    expect(Buffer.from((await exchange(http, Method.GET, '/')).body).equals(packed)).toBe(true);
  });

  test('the length of a HEAD', async () => {
    const head = Buffer.from(`HTTP/1.1 200 OK\r\n${encoded('gzip')}\r\nContent-Length: 77\r\n\r\n`);
    const http = await connectTo(answers(head, answer([encoded('gzip')], packed)));
    expect((await exchange(http, Method.HEAD, '/')).body.length).toBe(0);
    expect(http.getResponseBodyLength()).toBe(77);
    expect((await exchange(http, Method.GET, '/')).body.length).toBe(BODY.length);
  });
});

describe('what is not packed so', () => {
  const packed = pack(BODY, 'gzip');
  const corrupt = Buffer.from(packed).fill(0x55, 5000, 5100);
  const sum = Buffer.from(packed);
  sum.writeUInt32LE(1, sum.length - 8);

  test.for<[string, Uint8Array]>([
    ['ends early', packed.subarray(0, 9000)],
    ['ends inside the checksum', packed.subarray(0, -3)],
    ['is corrupt', corrupt],
    ['has another checksum', sum],
    ['is something else', Buffer.from('<html>no gzip at all</html>')],
  ])('%s', async ([, body]) => {
    for (const framing of FRAMINGS) {
      const http = await connectTo(last(answer([encoded('gzip')], body, framing)));
      const { status } = await exchange(http, Method.GET, '/');
      expect(status, framing).toBe(Status.CONNECTION_ERROR);
      const { code, phase, request, message } = http.getLastError() ?? {};
      expect({ code, phase, request }).toEqual({
        code: 'BODY_DECOMPRESS_FAILED',
        phase: 'body',
        request: 'answered',
      });
      expect(message).toContain('Content-Encoding: gzip');
    }
  });

  test('ends the connection at once, and another can be made', async () => {
    const server = await servers.raw([
      { expectHead: true },
      { send: answer([encoded('gzip')], corrupt) },
      { expectHead: true },
    ]);
    const http = await connect(server, { decompress: true });
    expect((await exchange(http, Method.GET, '/')).status).toBe(Status.CONNECTION_ERROR);
    await server.closed();
    http.connectToHost(server.host, server.port);
    expect(await settled(http)).toBe(Status.CONNECTED);
  });
});

describe('a packed body that is cut off', () => {
  test('is delivered as far as it came, then it fails', async () => {
    const head = `HTTP/1.1 200 OK\r\n${encoded('gzip')}\r\nContent-Length: 99999\r\n\r\n`;
    const script = [{ expectHead: true }, { send: head }, { send: pack(BODY, 'gzip') }, { destroy: true }];
    const http = await connectTo(script as Script);
    const { body, status } = await exchange(http, Method.GET, '/');
    expect(status).toBe(Status.CONNECTION_ERROR);
    expect(http.getLastError()?.code).toMatch(/TRUNCATED_BODY|ECONNRESET/);
    expect(Buffer.from(body).equals(BODY)).toBe(true);
  });

  test('fails also when all that came is unpacked and read', async () => {
    const head = `HTTP/1.1 200 OK\r\n${encoded('gzip')}\r\nContent-Length: 99999\r\n\r\n`;
    const sent = [{ send: head }, { send: pack(BODY, 'gzip') }];
    const script: Script = [{ expectHead: true }, ...sent, { waitFor: 'read' }, { destroy: true }];
    const server = await servers.raw(script);
    const http = await connect(server, { decompress: true });
    http.request(Method.GET, '/', []);
    await settled(http);
    let count = 0;
    await pollUntil(http, 'all of it', () => {
      count += http.readResponseBodyChunk().length;
      return count === BODY.length;
    });
    server.release('read');
    await pollUntil(http, 'the end', () => http.getStatus() !== Status.BODY);
    expect(http.getStatus()).toBe(Status.CONNECTION_ERROR);
  });

  test('close() and connectToHost() in the middle of it', async () => {
    const server = await servers.raw(
      answers(answer([encoded('gzip')], pack(fillPattern(Buffer.alloc(8_000_000)), 'gzip'))),
    );
    const http = await connect(server, { decompress: true, bufferSize: 2 ** 20 });
    for (let i = 0; i < 5; i += 1) {
      http.request(Method.GET, '/', []);
      await pollUntil(http, 'BODY', () => http.getStatus() === Status.BODY);
      http.readResponseBodyChunk();
      http.connectToHost(server.host, server.port);
      expect(await settled(http)).toBe(Status.CONNECTED);
    }
    expect((await exchange(http, Method.GET, '/')).body.length).toBe(8_000_000);
  });

  test('what was still to be unpacked of it is never seen on the next connection', async () => {
    const large = answer([encoded('gzip')], pack(fillPattern(Buffer.alloc(3_000_000)), 'gzip'), 'close');
    const plain = answer([], Buffer.from('plain'), 'close');
    const server = await servers.raw([last(large)]);
    const other = await servers.raw([last(plain)]);
    const http = await connect(server, { decompress: true });
    for (let round = 0; round < 20; round += 1) {
      http.request(Method.GET, '/', []);
      // The server has closed; the worker may have unpacked anything between nothing and all of it.
      server.blockUntil('the end', ({ closed }) => closed > round);
      http.connectToHost(other.host, other.port);
      expect(await settled(http)).toBe(Status.CONNECTED);
      expect(await textOf(http)).toBe('plain');
      http.connectToHost(server.host, server.port);
      expect(await settled(http)).toBe(Status.CONNECTED);
    }
  });
});

describe('what is asked for', () => {
  async function asked(headers: string[], options: HTTPClientOptions = {}): Promise<unknown> {
    const http = await connect(await servers.http(), { decompress: true, ...options });
    const { rawHeaders } = JSON.parse(text((await exchange(http, Method.GET, '/inspect', headers)).body));
    return rawHeaders.filter((_: string, i: number) => /^accept-encoding$/i.test(rawHeaders[i - 1] ?? ''));
  }

  test('every coding that can be unpacked', async () => {
    const known = [
      'gzip',
      'deflate',
      'br',
      ...('zstdCompressSync' in (await import('node:zlib')) ? ['zstd'] : []),
    ];
    expect(await asked([])).toEqual([known.join(', ')]);
  });

  test('what the caller says itself', async () => {
    expect(await asked(['accept-encoding: br'])).toEqual(['br']);
    expect(await asked(['Range: bytes=0-9'])).toEqual(['identity']);
    expect(await asked([], { decompress: false })).toEqual([]);
  });
});

/** 1 GiB of zeros. */
const bomb = (name: Packing): Uint8Array => pack(PACK[name](Buffer.alloc(2 ** 26)), name);

test('a ring that nobody reads holds the server back, and all comes when it is read', async () => {
  // Random bytes can't be packed.
  const large = randomFillSync(Buffer.alloc(48_000_000));
  const server = await servers.raw(answers(answer([encoded('gzip')], pack(large, 'gzip'))));
  await using pool = new WorkerPool({ threads: 1 });
  const http = await connect(server, { pool, decompress: true, bufferSize: CAPACITY });
  http.request(Method.GET, '/', []);
  await settled(http);
  server.blockUntil('a full connection', ({ sent }) => sent > 2 * CAPACITY);
  for (let round = 0; round < 50; round++) {
    http.poll();
    // The ring, a quarter of one that waits for the decoder, and what that has made in advance.
    expect((await pool.stats()).bytesRead).toBeLessThanOrEqual(1.25 * CAPACITY + 700_000);
  }
  expect(Buffer.compare(await readBody(http), large)).toBe(0);
});

describe('a bomb', () => {
  test.for<Packing>(['gzip', 'br'])('of %s fills the ring, and nothing more', async (name) => {
    const packed = pack(Buffer.alloc(2 ** 28), name);
    const server = await servers.raw(answers(answer([encoded(name)], packed)));
    const http = await connect(server, {
      decompress: true,
      bufferSize: 2 ** 14,
      limits: { headSize: 512, headFields: 9 },
    });
    const before = process.memoryUsage.rss();
    http.request(Method.GET, '/', []);
    await pollUntil(http, 'BODY', () => http.getStatus() === Status.BODY);
    let count = 0;
    for (let i = 0; i < 200; i += 1) {
      await pollUntil(http, 'more', () => {
        const { length } = http.readResponseBodyChunk();
        count += length;
        return length > 0;
      });
    }
    expect(count).toBeGreaterThan(200 * 1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 26);
    http.close();
  });

  test('in another does not make the connection beside it wait', async () => {
    const twice = bomb('gzip');
    const server = await servers.raw(answers(answer(['Content-Encoding: gzip, gzip'], twice)));
    const beside = await connect(await servers.http(), {});
    const http = await connect(server, { decompress: true });
    http.request(Method.GET, '/', []);
    let count = 0;
    for (let i = 0; i < 50; i += 1) {
      http.poll();
      count += http.readResponseBodyChunk().length;
      expect((await exchange(beside, Method.GET, '/bytes/10')).body.length).toBe(10);
    }
    await pollUntil(http, 'all of it', () => {
      count += http.readResponseBodyChunk().length;
      return http.getStatus() !== Status.BODY;
    });
    expect(count).toBe(2 ** 26);
  });
});
