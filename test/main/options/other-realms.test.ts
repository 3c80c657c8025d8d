import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { createContext, runInContext } from 'node:vm';
import { ErrorCode, HTTPClient, Method, Status, StreamPeer, TLSOptions } from 'tickhttp';
import { describe, expect, onTestFinished } from 'vitest';
import { connect, exchange, get, inspect, pollUntil, readBody, settled, text } from '../../support/client.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { test } from '../../support/servers.ts';
import { connectionOf, switching, upgrade } from '../../support/streams.ts';

// As jsdom, `node:vm` and Electron's bridge have it: classes of the same name that are not ours.
const realm = createContext({ given: undefined });

/** The value of `code` in another realm, where `given` is there. */
function foreign<T>(code: string, given?: unknown): T {
  realm.given = given;
  return runInContext(code, realm);
}

/** A copy that the other realm has made. */
function foreignBytes(bytes: Uint8Array): Uint8Array {
  const copy = foreign<Uint8Array>('Uint8Array.from(given)', bytes);
  expect(copy).not.toBeInstanceOf(Uint8Array);
  return copy;
}

const PATTERN = fillPattern(new Uint8Array(300_000));
const pattern = (length: number): Uint8Array => PATTERN.slice(0, length);

/** Memory that others share. */
function inShared(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

/** Memory that may grow and shrink: its length is not the compiler's business yet. */
function inResizable(bytes: Uint8Array): Uint8Array {
  const make = new Function('bytes', RESIZABLE);
  return make(bytes);
}

const RESIZABLE = `
  const memory = new ArrayBuffer(bytes.length, { maxByteLength: 2 * bytes.length });
  const view = new Uint8Array(memory);
  view.set(bytes);
  return view;
`;

/** Of a class that can't be made as arrays are: `subarray()` and `slice()` of it throw. */
class Peculiar extends Uint8Array {
  static readonly [Symbol.species] = null;
}

const KINDS: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['of another realm', foreignBytes],
  ['a Buffer', (bytes) => Buffer.from(bytes)],
  ['of a subclass', (bytes) => new Peculiar(bytes)],
  ['in shared memory', inShared],
  ['in resizable memory', inResizable],
];

describe.each(KINDS)('bytes %s', (_kind, make) => {
  test.for([false, true])('are a body; transferBody %s', async (transferBody, { servers }) => {
    const http = await connect(await servers.http(), { transferBody });
    for (const length of [1, 200, 300_000]) {
      expect(http.requestRaw(Method.POST, '/echo', [], make(pattern(length)))).toBe(ErrorCode.OK);
      await settled(http);
      const echo = await readBody(http);
      expect(echo).toHaveLength(length);
      checkPattern(echo);
    }
  });

  test('take a body', async ({ servers }) => {
    const http = await connect(await servers.http());
    http.request(Method.GET, '/bytes/300000', []);
    await settled(http);
    const target = make(new Uint8Array(10_000));
    let at = 0;
    await pollUntil(http, 'the end of the body', () => {
      const count = http.readResponseBodyInto(target);
      checkPattern(Uint8Array.from(target).subarray(0, count), at);
      at += count;
      return http.getStatus() !== Status.BODY;
    });
    expect(at).toBe(300_000);
  });

  test('are written to a stream', async ({ servers }) => {
    const server = await servers.raw(switching({ expectBytes: 600 }, { send: 'done' }));
    const peer = connectionOf(await upgrade(server));
    expect(peer.putData(make(pattern(300)))).toBe(ErrorCode.OK);
    expect(peer.putPartialData(make(pattern(300)))).toEqual([ErrorCode.OK, 300]);
    await server.waitFor('all of it', ({ step }) => step >= 3);
  });

  test('come from a stream of the caller’s', async () => {
    const write = (_bytes: Buffer, _encoding: string, done: () => void): void => {
      line.emit('asked');
      done();
    };
    const line = new Duplex({ read() {}, write });
    const http = new HTTPClient();
    http.connection = StreamPeer.fromDuplex(line);
    onTestFinished(() => http[Symbol.dispose]());
    http.request(Method.GET, '/', []);
    await once(line, 'asked');
    line.emit('data', make(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n')));
    line.emit('data', make(PATTERN));
    await settled(http);
    checkPattern(await readBody(http));
    expect(http.getLastError()).toBeNull();
  });

  test('are certificates', async ({ servers }) => {
    const server = await servers.https();
    const cert = Buffer.from((await servers.authority()).cert);
    for (const chain of [make(cert), [make(cert)]]) {
      const options = TLSOptions.client(chain);
      expect([options.getTrustedCAChain()].flat()).toEqual([new Uint8Array(cert)]);
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port, options);
      expect([await settled(http), http.getLastError()]).toEqual([Status.CONNECTED, null]);
    }
    const material = { certificate: make(cert), key: make(cert), revocationLists: [make(cert)] };
    TLSOptions.client(null, '', material);
    TLSOptions.client(null, '', { pfx: make(cert) });
  });
});

test('memory of another realm is given away with transferBody', async ({ servers }) => {
  const http = await connect(await servers.http(), { transferBody: true });
  const body = foreignBytes(pattern(100_000));
  http.requestRaw(Method.POST, '/echo', [], body);
  expect(body).toHaveLength(0);
  await settled(http);
  checkPattern(await readBody(http));
});

describe('what only looks like bytes is refused', () => {
  test.for<[string, () => unknown, string]>([
    ['a proxy', () => new Proxy(new Uint8Array(1), {}), 'an object of class Uint8Array'],
    ['an heir', () => Object.create(Uint8Array.prototype), 'an object of class Uint8Array'],
    ['a tag', () => ({ [Symbol.toStringTag]: 'Uint8Array' }), 'an object of class Object'],
    ['a DataView', () => foreign('new DataView(new ArrayBuffer(1))'), 'an object of class DataView'],
    ['an ArrayBuffer', () => foreign('new ArrayBuffer(1)'), 'an object of class ArrayBuffer'],
    ['text', () => foreign('new String("abc")'), 'an object of class String'],
    ['a class without a name', () => ({ constructor: { name: Symbol('name') } }), 'an object of class null'],
    ['a getter that throws', () => foreign('({ get constructor() { throw 1 } })'), 'an object of class null'],
    ['a revoked proxy', revoked, 'an object of class null'],
  ])('%s', ([, make, what]) => {
    const http = new HTTPClient();
    const calls = [
      () => Reflect.apply(http.requestRaw, http, [Method.POST, '/', [], make()]),
      () => Reflect.apply(http.readResponseBodyInto, http, [make()]),
      () => Reflect.apply(TLSOptions.client, TLSOptions, [make()]),
      () => Reflect.apply(TLSOptions.client, TLSOptions, [null, '', { pfx: make() }]),
    ];
    for (const call of calls) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(`Uint8Array, not ${what}`);
    }
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

test('an array whose memory was given away is refused, and not taken for an empty one', async ({
  servers,
}) => {
  const gone = new Uint8Array(10);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const http = await connect(await servers.http());
  const calls = [
    () => http.requestRaw(Method.POST, '/', [], gone),
    () => http.readResponseBodyInto(gone),
    () => connectionOf(http).putData(gone),
    () => TLSOptions.client(gone),
    () => TLSOptions.client([gone]),
  ];
  for (const call of calls) {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(/must be a Uint8Array with memory: its memory was transferred/);
  }
  expect(http.requestRaw(Method.POST, '/echo', [], new Uint8Array(0))).toBe(ErrorCode.OK);
});

describe('lists', () => {
  test('of another realm', async ({ servers }) => {
    const http = new HTTPClient(
      foreign('({ timeouts: { connect: 9000 }, limits: { headFields: 99 }, family: 4 })'),
    );
    const server = await servers.http();
    http.connectToHost(server.host, server.port);
    await settled(http);
    const { rawHeaders } = await inspect(http, Method.GET, foreign('["A: 1", "B: 2"]'));
    expect(rawHeaders.slice(0, 4)).toEqual(['A', '1', 'B', '2']);
    TLSOptions.client(null, '', foreign('({ alpnProtocols: ["http/1.1"], minVersion: "TLSv1.3" })'));
  });

  test.for<[string, (sparse: string[]) => unknown, string]>([
    [
      'headers',
      (sparse) => new HTTPClient().request(Method.GET, '/', sparse),
      'headers[0] must be a string, not und',
    ],
    ['pins', (pins) => TLSOptions.client(null, '', { pins }), 'pins[0] must be a string, not undefined'],
    [
      'alpnProtocols',
      (alpnProtocols) => TLSOptions.client(null, '', { alpnProtocols }),
      'alpnProtocols[0] must be a string, not undefined',
    ],
    [
      'a chain',
      (sparse) => TLSOptions.client(sparse),
      'trustedChain[0] must be PEM as a string, or PEM or DER as',
    ],
    [
      'revocationLists',
      (revocationLists) => TLSOptions.client(null, '', { revocationLists }),
      'revocationLists[0] must be PEM as a string, or',
    ],
    [
      'fields',
      (a) => new HTTPClient().queryStringFromDict({ a }),
      'fields.a[0] must be data: the array is sparse',
    ],
    [
      'nested',
      (b) => new HTTPClient().queryStringFromDict({ a: [b] }),
      'fields.a[0] must be data: the array is',
    ],
  ])('that are sparse: %s', ([, call, message]) => {
    for (const length of [1, 3, 2 ** 32 - 1]) {
      expect(() => call(new Array(length))).toThrow(TypeError);
      expect(() => call(new Array(length))).toThrow(message);
    }
  });

  test('that answer otherwise the next time are read once', async ({ servers }) => {
    const http = await connect(await servers.http());
    let reads = 0;
    const entry = (): string => {
      reads += 1;
      return reads === 1 ? 'A: 1' : 'B: 2\r\nEvil: 1';
    };
    const headers = Object.defineProperty(['', 'C: 3'], 0, { get: entry });
    const { rawHeaders } = await inspect(http, Method.GET, headers);
    expect([reads, rawHeaders.slice(0, 4)]).toEqual([1, ['A', '1', 'C', '3']]);
    expect(rawHeaders).not.toContain('Evil');

    let looks = 0;
    const pins = { get: () => (++looks === 1 ? [`sha256/${'A'.repeat(43)}=`] : undefined) };
    TLSOptions.client(null, '', Object.defineProperty({}, 'pins', { ...pins, enumerable: true }));
    expect(looks).toBe(1);
  });

  test('a date of another realm is a date in a query string', () => {
    const at = foreign<Date>('new Date(0)');
    expect(new HTTPClient().queryStringFromDict({ at })).toBe(
      new HTTPClient().queryStringFromDict({ at: new Date(0) }),
    );
  });
});

test('an error of another realm keeps its code', async () => {
  const line = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const http = new HTTPClient();
  http.connection = StreamPeer.fromDuplex(line);
  connectionOf(http).getAvailableBytes();
  line.destroy(foreign('Object.assign(new Error("no carrier"), { code: "ENOCARRIER" })'));
  await pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);
  expect(http.getLastError()).toMatchObject({
    code: 'ENOCARRIER',
    message: expect.stringContaining('no carrier'),
  });
});

test('text of a body is the same in any realm', async ({ servers }) => {
  const http = await connect(await servers.http());
  const echo = await exchange(http, Method.POST, '/echo', foreign('[]'), foreign<string>('"gr" + "üße"'));
  expect(text(echo.body)).toBe('grüße');
  expect((await get(http, foreign<string>('"/bytes" + "/3"'))).body).toHaveLength(3);
});
