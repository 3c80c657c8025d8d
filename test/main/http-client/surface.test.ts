import * as tickhttp from 'tickhttp';
import {
  ErrorCode,
  errorName,
  HTTPClient,
  Method,
  ResponseCode,
  Status,
  statusName,
  TLSOptions,
  WorkerPool,
} from 'tickhttp';
import { describe, expect, test } from 'vitest';

const names = (text: string) => text.trim().split(/\s+/);

describe('the package', () => {
  test('exports these names and no others', () => {
    expect(Object.keys(tickhttp).sort()).toEqual(
      names(
        'ErrorCode HTTPClient HTTPRequest Method ResponseCode Result Signal Status StreamPeer TLSOptions ' +
          'WorkerPool errorName resultName statusName tick',
      ),
    );
  });

  test.each(
    names(`connectToHost/1 request/3 requestRaw/4 poll/0 close/0 getStatus/0 hasResponse/0 isResponseChunked/0
      getResponseCode/0 getResponseHeaders/0 getResponseHeadersAsDictionary/0 getResponseBodyLength/0
      readResponseBodyChunk/0 setHttpProxy/2 setHttpsProxy/2 queryStringFromDict/1 setBlockingMode/1
      isBlockingModeEnabled/0 setReadChunkSize/1 getReadChunkSize/0 setConnection/1 getConnection/0
      readResponseBodyInto/1 borrowResponseBodyChunk/0 getResponseHeader/1 getResponseHeaderValues/1
      getResponseTrailers/0 getLastError/0 isFailed/0`),
  )('HTTPClient has the method %s (its required parameters)', (entry) => {
    const [name = '', required] = entry.split('/');
    const method: unknown = Reflect.get(new HTTPClient(), name);
    if (typeof method !== 'function') throw new Error(`${name} is ${typeof method}`);
    expect(method.length).toBe(Number(required));
  });

  test('HTTPClient, WorkerPool and TLSOptions have the rest of their members', () => {
    expect(new HTTPClient()[Symbol.dispose]).toBeTypeOf('function');
    expect(WorkerPool.prototype.stats).toBeTypeOf('function');
    expect(WorkerPool.prototype.close).toBeTypeOf('function');
    expect(TLSOptions.client).toBeTypeOf('function');
    expect(TLSOptions.clientUnsafe).toBeTypeOf('function');
  });
});

describe("Godot's enums", () => {
  test('Method and Status have their members, in order from 0', () => {
    expect(Object.entries(Method)).toEqual(
      names('GET HEAD POST PUT DELETE OPTIONS TRACE CONNECT PATCH MAX').map((name, at) => [name, at]),
    );
    expect(Object.entries(Status)).toEqual(
      names(
        'DISCONNECTED RESOLVING CANT_RESOLVE CONNECTING CANT_CONNECT CONNECTED REQUESTING BODY ' +
          'CONNECTION_ERROR TLS_HANDSHAKE_ERROR',
      ).map((name, at) => [name, at]),
    );
  });

  test('ErrorCode has the 49 members of the global enum Error, in order from 0', () => {
    const errors = names(`
      UNAVAILABLE UNCONFIGURED UNAUTHORIZED PARAMETER_RANGE_ERROR OUT_OF_MEMORY FILE_NOT_FOUND
      FILE_BAD_DRIVE FILE_BAD_PATH FILE_NO_PERMISSION FILE_ALREADY_IN_USE FILE_CANT_OPEN FILE_CANT_WRITE
      FILE_CANT_READ FILE_UNRECOGNIZED FILE_CORRUPT FILE_MISSING_DEPENDENCIES FILE_EOF CANT_OPEN CANT_CREATE
      QUERY_FAILED ALREADY_IN_USE LOCKED TIMEOUT CANT_CONNECT CANT_RESOLVE CONNECTION_ERROR
      CANT_ACQUIRE_RESOURCE CANT_FORK INVALID_DATA INVALID_PARAMETER ALREADY_EXISTS DOES_NOT_EXIST
      DATABASE_CANT_READ DATABASE_CANT_WRITE COMPILATION_FAILED METHOD_NOT_FOUND LINK_FAILED SCRIPT_FAILED
      CYCLIC_LINK INVALID_DECLARATION DUPLICATE_SYMBOL PARSE_ERROR BUSY SKIP HELP BUG PRINTER_ON_FIRE
    `);
    const expected = ['OK', 'FAILED', ...errors.map((name) => `ERR_${name}`)];
    expect(Object.entries(ErrorCode)).toEqual(expected.map((name, at) => [name, at]));
  });

  test('ResponseCode has the codes that Godot has', () => {
    const codes = Object.values(ResponseCode);
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
    expect(codes).toEqual([
      ...range(100, 102),
      ...range(200, 208),
      226,
      ...range(300, 308),
      ...range(400, 418),
      ...range(421, 424),
      ...[426, 428, 429, 431, 451],
      ...range(500, 508),
      ...[510, 511],
    ]);
    const { OK, NOT_MODIFIED, IM_A_TEAPOT, NETWORK_AUTH_REQUIRED, SWITCH_PROXY, IM_USED } = ResponseCode;
    const some = [OK, NOT_MODIFIED, IM_A_TEAPOT, NETWORK_AUTH_REQUIRED, SWITCH_PROXY, IM_USED];
    expect(some).toEqual([200, 304, 418, 511, 306, 226]);
  });

  test.each([
    ['METHOD_', Method],
    ['STATUS_', Status],
    ['RESPONSE_', ResponseCode],
  ])('every %s constant of HTTPClient is that member of its enum, and none is missing', (prefix, members) => {
    const statics: Record<string, unknown> = {};
    for (
      let at: object | null = HTTPClient;
      at && at !== Function.prototype;
      at = Reflect.getPrototypeOf(at)
    ) {
      for (const name of Object.getOwnPropertyNames(at)) {
        if (name.startsWith(prefix)) statics[name.slice(prefix.length)] = Reflect.get(at, name);
      }
    }
    expect(statics).toEqual(members);
  });
});

describe('the names of numbers', () => {
  test.each<[string, (value: number) => string, Record<string, number>]>([
    ['statusName()', statusName, Status],
    ['errorName()', errorName, ErrorCode],
  ])('%s knows every member, and another number by its digits', (_what, nameOf, members) => {
    expect(Object.values(members).map(nameOf)).toEqual(Object.keys(members));
    expect([-1, 49, 1.5, Number.NaN].map(nameOf)).toEqual(['-1', '49', '1.5', 'NaN']);
  });

  test.each([
    ['status', statusName],
    ['code', errorName],
  ])('what is no number is a TypeError that names %s', (parameter, nameOf) => {
    for (const value of ['5', null, undefined, {}]) {
      const call = () => Reflect.apply(nameOf, undefined, [value]);
      expect(call).toThrow(TypeError);
      expect(call).toThrow(`${parameter} must be a number, not `);
    }
  });
});

describe('a fresh client', () => {
  test("is DISCONNECTED, with no response and Godot's defaults", () => {
    const http = new HTTPClient();
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
    expect(http.isFailed()).toBe(false);
    expect(http.poll()).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(http.hasResponse()).toBe(false);
    expect(http.isResponseChunked()).toBe(false);
    expect(http.getResponseCode()).toBe(0);
    expect(http.getResponseBodyLength()).toBe(-1);
    expect(http.getResponseHeaders()).toEqual([]);
    expect(Object.keys(http.getResponseHeadersAsDictionary())).toEqual([]);
    expect(http.getResponseHeader('Host')).toBeNull();
    expect(http.getResponseHeaderValues('Host')).toEqual([]);
    expect(http.getResponseTrailers()).toEqual([]);
    expect(http.getLastError()).toBeNull();
    expect(http.connection).toBeNull();
    expect(http.blockingModeEnabled).toBe(false);
    expect(http.readChunkSize).toBe(65_536);
  });

  test('has nothing to read or to close, and says so without throwing', () => {
    const http = new HTTPClient();
    expect(http.readResponseBodyChunk()).toEqual(new Uint8Array(0));
    expect(http.borrowResponseBodyChunk()).toEqual(new Uint8Array(0));
    expect(http.readResponseBodyInto(new Uint8Array(8))).toBe(0);
    http.close();
    http.close();
    http[Symbol.dispose]();
    http[Symbol.dispose]();
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
    expect(http.getLastError()).toBeNull();
  });
});

describe('wrong types throw a TypeError that names the parameter', () => {
  const { GET } = Method;
  test.each<[string, unknown[], RegExp]>([
    ['connectToHost', [], /^host must be a string, not undefined/],
    ['connectToHost', [42], /^host must be a string, not 42/],
    ['connectToHost', [new URL('http://localhost')], /^host must be a string, not an object of class URL/],
    ['connectToHost', ['localhost', '80'], /^port must be a whole number, not the string "80"/],
    ['connectToHost', ['localhost', 80.5], /^port must be a whole number, not 80.5/],
    ['connectToHost', ['localhost', null], /^port must be a whole number, not null/],
    ['connectToHost', ['localhost', 80, {}], /^tlsOptions must be a TLSOptions/],
    ['request', ['GET', '/', []], /^method must be a whole number, not the string "GET"/],
    ['request', [GET, undefined, []], /^url must be a string/],
    ['request', [GET, new URL('http://a/'), []], /^url must be a string/],
    ['request', [GET, '/'], /^headers must be an array of strings, not undefined/],
    ['request', [GET, '/', { Accept: 'text/html' }], /^headers must be an array of strings, not an object/],
    ['request', [GET, '/', 'Accept: text/html'], /^headers must be an array of strings, not a string$/],
    ['request', [GET, '/', ['A: 1', 2]], /^headers\[1\] must be a string, not 2/],
    ['request', [GET, '/', [['A', '1']]], /^headers\[0\] must be a string/],
    [
      'request',
      [GET, '/', [], new Uint8Array(1)],
      /^body must be a string, not an object of class Uint8Array/,
    ],
    ['request', [GET, '/', [], null], /^body must be a string, not null/],
    ['requestRaw', [GET, '/', []], /^body must be a Uint8Array, not undefined/],
    ['requestRaw', [GET, '/', [], 'text'], /^body must be a Uint8Array, not a string$/],
    [
      'requestRaw',
      [GET, '/', [], new ArrayBuffer(1)],
      /^body must be a Uint8Array, not an object of class Arr/,
    ],
    ['requestRaw', [null, '/', [], new Uint8Array(1)], /^method must be a whole number/],
    ['requestRaw', [GET, 1, [], new Uint8Array(1)], /^url must be a string/],
    ['requestRaw', [GET, '/', null, new Uint8Array(1)], /^headers must be an array of strings/],
    ['readResponseBodyInto', [], /^target must be a Uint8Array/],
    ['readResponseBodyInto', [new Uint16Array(4)], /^target must be a Uint8Array/],
    ['setHttpProxy', [], /^host must be a string/],
    ['setHttpProxy', ['proxy', '8080'], /^port must be a whole number/],
    ['setHttpsProxy', [null, -1], /^host must be a string/],
    ['setHttpsProxy', ['proxy'], /^port must be a whole number/],
    ['setBlockingMode', [1], /^blockingModeEnabled must be a boolean/],
    ['setReadChunkSize', ['1024'], /^readChunkSize must be a whole number/],
    ['setConnection', [undefined], /^connection must be a StreamPeer/],
    ['getResponseHeader', [], /^name must be a string/],
    ['getResponseHeaderValues', [/etag/i], /^name must be a string/],
  ])('HTTPClient.%s(%o)', (name, args, message) => {
    const http = new HTTPClient();
    const method: unknown = Reflect.get(http, name);
    if (typeof method !== 'function') throw new Error(`no method ${name}`);
    const call = () => Reflect.apply(method, http, args);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
    expect(http.getStatus()).toBe(Status.DISCONNECTED);
  });

  test.each<[string, unknown, RegExp]>([
    ['blockingModeEnabled', 'yes', /^blockingModeEnabled must be a boolean, not the string "yes"/],
    ['readChunkSize', null, /^readChunkSize must be a whole number, not null/],
    ['connection', 1, /^connection must be a StreamPeer/],
  ])('setting HTTPClient.%s to %o', (name, value, message) => {
    const http = new HTTPClient();
    const before: unknown = Reflect.get(http, name);
    const assign = () => Reflect.set(http, name, value);
    expect(assign).toThrow(TypeError);
    expect(assign).toThrow(message);
    expect(Reflect.get(http, name)).toBe(before);
  });
});
