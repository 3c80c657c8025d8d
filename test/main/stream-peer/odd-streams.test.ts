import { Duplex } from 'node:stream';
import { HTTPClient, Method, Status, StreamPeer, WorkerPool } from 'tickhttp';
import { afterAll, describe, expect } from 'vitest';
import { encodeFailure } from '../../../src/worker/connection/connection-failure.ts';
import { connect, get, pollUntil, settled } from '../../support/client.ts';
import { failed, proxied } from '../../support/proxied.ts';
import { test } from '../../support/servers.ts';

/** One thread for all, which must outlive everything here. */
const pool = new WorkerPool({ threads: 1 });
afterAll(() => pool.close());

const MEGABYTE = 'x'.repeat(2 ** 20);

/** Takes everything that is written to it, unless told otherwise. */
class Line extends Duplex {
  answer: (done: (error?: unknown) => void) => void = (done) => done();
  asked = false;

  constructor() {
    super({ allowHalfOpen: false });
    // Node would end the program: what is emitted here is for the client.
    this.on('error', () => {});
  }

  override _read(): void {}

  override _write(_bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.asked = true;
    this.answer(done);
  }
}

/** A client that asks over `line`. */
function asking(line: Line): HTTPClient {
  const http = new HTTPClient({ pool, bufferSize: 16_384, limits: { headSize: 256, headFields: 4 } });
  http.connection = StreamPeer.fromDuplex(line);
  http.request(Method.GET, '/', []);
  return http;
}

/** It fails, in a few words, and nobody else does. */
async function expectFailure(http: HTTPClient, other: HTTPClient, code: string, what: string): Promise<void> {
  expect([await settled(http), http.getLastError()?.code], what).toEqual([Status.CONNECTION_ERROR, code]);
  const { message = '' } = http.getLastError() ?? {};
  expect(message, what).toMatch(/^(Lost|(Invalid|Incomplete) response|No response) .{10,}/s);
  expect(message.length, what).toBeLessThan(500);
  const { code: answer, status } = await get(other, '/bytes/10');
  expect([answer, status, other.getLastError()], what).toEqual([200, Status.CONNECTED, null]);
}

const thrower = (): never => {
  throw new Error('do not touch');
};

/** An error with such properties, whatever their types. */
function errorWith(properties: Record<string, unknown>): Error {
  const error = new Error('no carrier');
  for (const [name, value] of Object.entries(properties)) Object.defineProperty(error, name, { value });
  return error;
}

const ERRORS: readonly [string, unknown, string?][] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['a string', 'no carrier'],
  ['an empty string', ''],
  ['a symbol', Symbol('no carrier')],
  ['a function', () => 'no carrier'],
  ['a bigint', 10n],
  ['an object', { no: 'carrier' }],
  ['an object without a prototype', Object.create(null)],
  ['an array', ['no', 'carrier']],
  ['an error with nothing in it', new Error()],
  ['a code', errorWith({ code: 'ENOCARRIER' }), 'ENOCARRIER'],
  ['a symbol for a code', errorWith({ code: Symbol('code') })],
  ['a function for a code', errorWith({ code: () => 'ENOCARRIER' })],
  ['an object for a code', errorWith({ code: { a: 1 } })],
  ['a number for a code', errorWith({ code: 42 })],
  ['an empty code', errorWith({ code: '' })],
  ['a megabyte of a code', errorWith({ code: MEGABYTE })],
  ['a code of several lines', errorWith({ code: 'E\r\nX: 1' })],
  ['a megabyte of a message', errorWith({ message: MEGABYTE, code: 'ELONG' }), 'ELONG'],
  ['a message of controls', errorWith({ message: '\0'.repeat(10_000) })],
  ['a message of half characters', errorWith({ message: '\ud800'.repeat(10_000) })],
  ['a message of wide characters', errorWith({ message: '€'.repeat(10_000) })],
  ['a symbol for a message', errorWith({ message: Symbol('message') })],
  ['a function for a message', errorWith({ message: thrower })],
  ['an object for a message', errorWith({ message: { toString: thrower } })],
  ['getters that throw', Object.defineProperties({}, { code: { get: thrower }, message: { get: thrower } })],
  ['text that throws', { toString: thrower }],
  ['a proxy that throws', new Proxy({}, { get: thrower, has: thrower, getPrototypeOf: thrower })],
];

describe('an error, whatever it is or has', () => {
  test('that is emitted', async ({ servers }) => {
    const other = await connect(await servers.http(), { pool });
    for (const [what, error, code = 'STREAM_FAILED'] of ERRORS) {
      const line = new Line();
      const http = asking(line);
      await pollUntil(http, 'the request', () => line.asked);
      line.emit('error', error);
      await expectFailure(http, other, code, what);
      // Nobody wants it any more.
      await pollUntil(http, 'its end', () => line.destroyed);
    }
  });

  test('of a write', async ({ servers }) => {
    const other = await connect(await servers.http(), { pool });
    for (const [what, error, code = 'STREAM_FAILED'] of ERRORS) {
      // What is no error for Node is none here.
      if (!error) continue;
      const line = new Line();
      line.answer = (done) => done(error);
      await expectFailure(asking(line), other, code, what);
    }
  });

  test('that a write throws', async ({ servers }) => {
    const other = await connect(await servers.http(), { pool });
    for (const [what, error, code = 'STREAM_FAILED'] of ERRORS) {
      const line = new Line();
      line.write = () => {
        throw error;
      };
      await expectFailure(asking(line), other, code, what);
    }
  });

  test('that was emitted before it is given', async ({ servers }) => {
    const other = await connect(await servers.http(), { pool });
    for (const [what, error] of ERRORS) {
      const line = new Line();
      line.emit('error', error);
      line.destroy();
      await expectFailure(asking(line), other, 'CONNECTION_CLOSED', what);
    }
  });
});

test('whatever it does at an odd moment', async ({ servers }) => {
  const other = await connect(await servers.http(), { pool });
  for (const [what, acts, code] of MOMENTS) {
    const line = new Line();
    const http = asking(line);
    await pollUntil(http, 'the request', () => line.asked);
    for (const act of acts) act(line);
    await expectFailure(http, other, code, what);
  }
});

const MOMENTS: readonly [string, ((line: Line) => unknown)[], string][] = [
  ['destroyed without an error', [(line) => line.destroy()], 'CONNECTION_CLOSED'],
  ['an error twice', [emit('one'), emit(errorWith({ code: 'E' }))], 'STREAM_FAILED'],
  [
    'an error after its close',
    [(line) => line.destroy().once('close', () => line.emit('error', 1))],
    'CONNECTION_CLOSED',
  ],
  ['an error before its destruction', [emit(errorWith({ code: 'E1' })), (line) => line.destroy()], 'E1'],
  ['bytes behind its error', [emit('one'), (line) => line.emit('data', Buffer.from('x'))], 'STREAM_FAILED'],
  ['no bytes, twice', [(line) => line.emit('data', 1), (line) => line.emit('data', 2)], 'NOT_BYTES'],
  ['its end, and then an error', [(line) => line.emit('end'), emit('late')], 'EMPTY_RESPONSE'],
  [
    'its end, and then bytes',
    [(line) => line.emit('end'), (line) => line.emit('data', Buffer.from('x'))],
    'EMPTY_RESPONSE',
  ],
];

function emit(error: unknown): (line: Line) => unknown {
  return (line) => line.emit('error', error);
}

test('whatever throws when it is touched', async ({ servers }) => {
  const other = await connect(await servers.http(), { pool });
  for (const name of ['on', 'resume', 'pause', 'end', 'destroy', 'destroyed', 'readableEnded']) {
    const line = new Line();
    const peer = StreamPeer.fromDuplex(line);
    Object.defineProperty(line, name, { get: thrower });
    const http = new HTTPClient({ pool });
    http.connection = peer;
    http.request(Method.GET, '/', []);
    // The others are not needed to ask.
    const needed = ['on', 'resume', 'destroyed', 'readableEnded'].includes(name);
    if (needed) await expectFailure(http, other, 'STREAM_FAILED', name);
    http.close();
    expect((await get(other, '/bytes/10')).code).toBe(200);
  }
});

test('what follows a body that nobody has read yet is still told', async ({ servers }) => {
  const other = await connect(await servers.http(), { pool });
  const line = new Line();
  const http = asking(line);
  await pollUntil(http, 'the request', () => line.asked);
  line.push('HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n');
  for (let piece = 0; piece < 10; piece++) line.push('x'.repeat(10_000));
  expect(await settled(http)).toBe(Status.BODY);
  line.emit('error', errorWith({ message: '\0'.repeat(1000), code: MEGABYTE }));
  await pollUntil(http, 'the end', () => {
    while (http.readResponseBodyChunk().length > 0);
    return http.getStatus() !== Status.BODY;
  });
  await expectFailure(http, other, 'STREAM_FAILED', 'behind a body');
});

describe('a failure fits the room that there is for it', () => {
  const headers = Array.from({ length: 1000 }, (_none, index) => `X-${index}: ${'\ufffd'.repeat(50)}`);
  const answer = { statusLine: `HTTP/1.1 502 ${'é'.repeat(5000)}`, headers };

  test.for([200, 300, 1000, 2048, 16_384, 100_000, 1_000_000])('%i bytes', (free) => {
    for (const text of ['\0', '\ud800', '€', 'a']) {
      const failure = {
        phase: 'proxy',
        code: 'PROXY_REFUSED',
        message: text.repeat(5000),
        request: null,
      } as const;
      for (const whole of [failure, { ...failure, proxyResponse: answer }]) {
        const payload = encodeFailure(whole, free);
        expect(payload.length + 16).toBeLessThanOrEqual(free);
        const told = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
        expect(told).toMatchObject({ phase: 'proxy', code: 'PROXY_REFUSED' });
        const { proxyResponse = { statusLine: '', headers: [] } } = told;
        expect(headers.slice(0, proxyResponse.headers.length)).toEqual(proxyResponse.headers);
        // The message goes last.
        if (free >= 4096) expect(told.message.length).toBe(400);
      }
    }
    if (free === 1_000_000) {
      const failure = {
        phase: 'proxy',
        code: 'A',
        message: 'b',
        request: null,
        proxyResponse: answer,
      } as const;
      expect(JSON.parse(new TextDecoder().decode(encodeFailure(failure, free)))).toEqual(failure);
    }
  });

  test.for([
    { headSize: 256, headFields: 8 },
    { headSize: 65_536, headFields: 256 },
    { headSize: 2 ** 20, headFields: 65_536 },
  ])('what a proxy answers within %o', async (limits, { servers }) => {
    const count = Math.min(limits.headFields, Math.floor(limits.headSize / 32)) - 1;
    // Bytes that are no UTF-8, and take three times as many as that.
    const field = Buffer.concat([Buffer.from('X: '), Buffer.alloc(limits.headSize / (count + 3) - 8, 0xff)]);
    const lines = Array.from({ length: count }, () => Buffer.concat([field, Buffer.from('\r\n')]));
    const reply = Buffer.concat([Buffer.from('HTTP/1.1 502 No\r\n'), ...lines, Buffer.from('\r\n')]);
    const proxy = await servers.raw([{ expectHead: true }, { send: reply }, { hold: true }]);
    const http = proxied(proxy, {}, { bufferSize: 16_384, limits });
    http.connectToHost('https://target.test');
    const { code, proxyResponse } = await failed(http);
    expect([code, proxyResponse?.statusLine]).toEqual(['PROXY_REFUSED', 'HTTP/1.1 502 No']);
    expect(proxyResponse?.headers.length).toBe(count);
  });
});
