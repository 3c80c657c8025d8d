import { inspect } from 'node:util';
import {
  ErrorCode,
  HTTPRequest,
  Method,
  Result,
  Signal,
  Status,
  TLSOptions,
  tick,
  WorkerPool,
} from 'tickhttp';
import { describe, expect } from 'vitest';
import { tickUntil } from '../../support/requests.ts';
import { test } from '../../support/servers.ts';

const names = (text: string) => text.trim().split(/\s+/);

/** The accessors of the class and of those that it extends. */
function accessors(): [name: string, PropertyDescriptor][] {
  const prototype = Reflect.getPrototypeOf(HTTPRequest.prototype);
  const all = [HTTPRequest.prototype, prototype].flatMap((each) =>
    Object.entries(Object.getOwnPropertyDescriptors(each)),
  );
  return all.filter(([, { get }]) => get);
}

describe('the class', () => {
  test('has these methods (and their required parameters), accessors and no others', () => {
    const methods: string[] = [];
    const accessors: string[] = [];
    for (
      let at = Reflect.getPrototypeOf(new HTTPRequest());
      at && at !== Object.prototype;
      at = Reflect.getPrototypeOf(at)
    ) {
      for (const name of Object.getOwnPropertyNames(at)) {
        const { value, get, set } = Object.getOwnPropertyDescriptor(at, name) ?? {};
        if (get) accessors.push(set ? name : `${name} (read)`);
        else if (name !== 'constructor') methods.push(`${name}/${value.length}`);
      }
    }
    expect(methods.sort()).toEqual(
      names(`cancelRequest/0 completed/0 getBodySize/0 getBodySizeLimit/0 getDownloadChunkSize/0
        getDownloadFile/0 getDownloadedBytes/0 getHttpClientStatus/0 getLastError/0 getMaxRedirects/0
        getTimeout/0 getUploadedBytes/0 isAcceptingGzip/0 isAppendingToDownloadFile/0
        isBlockingModeEnabled/0 isBusy/0 isKeepingPartialDownload/0 isUsingThreads/0 poll/0 request/1
        requestRaw/1 setAcceptGzip/1 setAppendToDownloadFile/1 setBlockingMode/1 setBodySizeLimit/1
        setDownloadChunkSize/1 setDownloadFile/1 setHttpProxy/2 setHttpsProxy/2 setKeepPartialDownload/1
        setMaxRedirects/1 setTLSOptions/1 setTimeout/1 setUseThreads/1`),
    );
    expect(accessors.sort()).toEqual([
      'acceptGzip',
      'appendToDownloadFile',
      'blockingModeEnabled',
      'bodySizeLimit',
      'downloadChunkSize',
      'downloadFile',
      'keepPartialDownload',
      'maxRedirects',
      'progress (read)',
      'requestCompleted (read)',
      'timeout',
      'useThreads',
    ]);
    expect(HTTPRequest.prototype[Symbol.dispose]).toBeTypeOf('function');
    expect(tick.length).toBe(0);
  });

  test('has every Result as a constant, in order from 0', () => {
    const statics = Object.fromEntries(
      Object.keys(Result).map((name) => [name, Reflect.get(HTTPRequest, `RESULT_${name}`)]),
    );
    expect(statics).toEqual(Result);
    expect(Object.entries(Result)).toEqual(
      names(`SUCCESS CHUNKED_BODY_SIZE_MISMATCH CANT_CONNECT CANT_RESOLVE CONNECTION_ERROR TLS_HANDSHAKE_ERROR
        NO_RESPONSE BODY_SIZE_LIMIT_EXCEEDED BODY_DECOMPRESS_FAILED REQUEST_FAILED DOWNLOAD_FILE_CANT_OPEN
        DOWNLOAD_FILE_WRITE_ERROR REDIRECT_LIMIT_REACHED TIMEOUT`).map((name, at) => [name, at]),
    );
  });
});

test("a fresh object has Godot's defaults, and nothing to tell", () => {
  const http = new HTTPRequest();
  expect([http.bodySizeLimit, http.maxRedirects, http.timeout, http.useThreads]).toEqual([-1, 8, 0, false]);
  expect(http.blockingModeEnabled).toBe(false);
  expect([http.acceptGzip, http.downloadFile, http.downloadChunkSize]).toEqual([true, '', 65_536]);
  expect([http.keepPartialDownload, http.appendToDownloadFile]).toEqual([false, false]);
  expect([http.isBusy(), http.getHttpClientStatus()]).toEqual([false, Status.DISCONNECTED]);
  expect([http.getDownloadedBytes(), http.getBodySize(), http.getUploadedBytes()]).toEqual([0, -1, 0]);
  expect([http.getLastError(), http.poll()]).toEqual([null, ErrorCode.ERR_UNCONFIGURED]);
  expect(() => http.completed()).toThrow('completed() was called before the first request()');
  http.cancelRequest();
  http[Symbol.dispose]();
  expect(() => http.completed()).toThrow('completed() was called before the first request()');
  expect([http.requestCompleted, http.progress].every((signal) => signal instanceof Signal)).toBe(true);
  expect(http.requestCompleted).toBe(http.requestCompleted);
});

test.for([
  ['bodySizeLimit', 'setBodySizeLimit', 'getBodySizeLimit', [0, 10, 2 ** 53 - 1, -1]],
  ['maxRedirects', 'setMaxRedirects', 'getMaxRedirects', [0, 64, -1]],
  ['timeout', 'setTimeout', 'getTimeout', [0, 0.25, 1e9]],
  ['useThreads', 'setUseThreads', 'isUsingThreads', [true, false]],
  ['blockingModeEnabled', 'setBlockingMode', 'isBlockingModeEnabled', [true, false]],
  ['acceptGzip', 'setAcceptGzip', 'isAcceptingGzip', [false, true]],
  ['downloadFile', 'setDownloadFile', 'getDownloadFile', ['a', '/b/c', '']],
  ['downloadChunkSize', 'setDownloadChunkSize', 'getDownloadChunkSize', [256, 16_777_216, 65_536]],
  ['keepPartialDownload', 'setKeepPartialDownload', 'isKeepingPartialDownload', [true, false]],
  ['appendToDownloadFile', 'setAppendToDownloadFile', 'isAppendingToDownloadFile', [true, false]],
] as const)('%s is the same as %s() and %s()', ([property, setter, getter, values]) => {
  const http = new HTTPRequest();
  for (const value of values) {
    Reflect.set(http, property, value);
    expect(http[getter]()).toBe(value);
    Reflect.set(http, property, values[0]);
    Reflect.apply(http[setter], http, [value]);
    expect(http[property]).toBe(value);
  }
});

describe('wrong types throw a TypeError that names the parameter, and start nothing', () => {
  test.for<[name: string, args: unknown[], message: RegExp]>([
    ['request', [], /^url must be a string, not undefined$/],
    ['request', [new URL('http://a/')], /^url must be a string, not an object of class URL$/],
    ['request', ['http://a/', 'A: 1'], /^customHeaders must be an array of strings, not a string$/],
    ['request', ['http://a/', null], /^customHeaders must be an array of strings, not null$/],
    ['request', ['http://a/', { A: '1' }], /^customHeaders must be an array of strings, not an object/],
    ['request', ['http://a/', ['A: 1', 2]], /^customHeaders\[1\] must be a string, not 2$/],
    ['request', ['http://a/', [], 'POST'], /^method must be a whole number, not the string "POST"$/],
    ['request', ['http://a/', [], 1.5], /^method must be a whole number, not 1.5$/],
    ['request', ['http://a/', [], 2, new Uint8Array(1)], /^requestData must be a string, not an object/],
    ['request', ['http://a/', [], 2, null], /^requestData must be a string, not null$/],
    ['requestRaw', [1], /^url must be a string, not 1$/],
    ['requestRaw', ['http://a/', [], null], /^method must be a whole number, not null$/],
    ['requestRaw', ['http://a/', [], 2, 'secret'], /^requestDataRaw must be a Uint8Array, not a string$/],
    ['requestRaw', ['http://a/', [], 2, new ArrayBuffer(1)], /^requestDataRaw must be a Uint8Array, not an/],
    ['setBodySizeLimit', ['1'], /^bodySizeLimit must be a whole number, not the string "1"$/],
    ['setMaxRedirects', [1.5], /^maxRedirects must be a whole number, not 1.5$/],
    ['setTimeout', ['1'], /^timeout must be a number, not the string "1"$/],
    ['setUseThreads', [1], /^useThreads must be a boolean, not 1$/],
    ['setBlockingMode', [undefined], /^blockingModeEnabled must be a boolean, not undefined$/],
    ['setTLSOptions', [undefined], /^tlsOptions must be a TLSOptions, not undefined$/],
    ['setTLSOptions', [{}], /^tlsOptions must be a TLSOptions, not an object/],
    ['setHttpProxy', [], /^host must be a string, not undefined$/],
    ['setHttpProxy', ['proxy', '80'], /^port must be a whole number, not the string "80"$/],
    ['setHttpsProxy', [null, 80], /^host must be a string, not null$/],
  ])('%s(%o)', ([name, args, message]) => {
    const http = new HTTPRequest();
    const call = () => Reflect.apply(Reflect.get(http, name), http, args);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
    expect([http.isBusy(), http.getLastError(), http.poll()]).toEqual([
      false,
      null,
      ErrorCode.ERR_UNCONFIGURED,
    ]);
  });

  test.for<[name: string, value: unknown, message: RegExp]>([
    ['bodySizeLimit', -2, /^bodySizeLimit must be -1 to \d+, not -2$/],
    ['maxRedirects', -2, /^maxRedirects must be -1 to \d+, not -2$/],
    ['timeout', -1, /^timeout must be 0 or more seconds, not -1$/],
    ['timeout', Number.NaN, /^timeout must be 0 or more seconds, not NaN$/],
    ['timeout', Number.POSITIVE_INFINITY, /^timeout must be 0 or more seconds, not Infinity$/],
  ])('%s = %o is a RangeError', ([name, value, message]) => {
    const http = new HTTPRequest();
    const before = Reflect.get(http, name);
    const assign = () => Reflect.set(http, name, value);
    expect(assign).toThrow(RangeError);
    expect(assign).toThrow(message);
    expect(Reflect.get(http, name)).toBe(before);
  });

  test('options', () => {
    const make = (options: unknown) => () => Reflect.construct(HTTPRequest, [options]);
    for (const options of [null, 5, 'x', true]) expect(make(options)).toThrow(/^options must be an object/);
    expect(make({ followRedirect: true })).toThrow(
      /^there is no option followRedirect: the options are pool/,
    );
    expect(make({ bufferSize: 65_536 })).toThrow('there is no option bufferSize');
    for (const [name, { set }] of accessors())
      expect(make({ [name]: 1 })).toThrow(
        set
          ? new TypeError(`${name} is a property of HTTPRequest, not an option: set request.${name}`)
          : `there is no option ${name}: the options are`,
      );
    expect(make({ FollowRedirects: true })).toThrow(
      'there is no option FollowRedirects: did you mean followRedirects?',
    );
    expect(make({ followRedirects: 1 })).toThrow('followRedirects must be a boolean, not 1');
    expect(make({ allowInsecureRedirects: null })).toThrow(
      'allowInsecureRedirects must be a boolean, not null',
    );
    expect(make({ sensitiveHeaders: 'x' })).toThrow(
      'sensitiveHeaders must be an array of strings, not a string',
    );
    expect(make({ sensitiveHeaders: [1] })).toThrow('sensitiveHeaders[0] must be a string, not 1');
    expect(make({ tls: {} })).toThrow('tls must be a TLSOptions, not an object');
    expect(make({ pool: {} })).toThrow('pool must be a WorkerPool, not an object');
    expect(make({ timeouts: { connect: -1 } })).toThrow(/^timeouts.connect must be/);
    // What is inherited counts, as for HTTPClient.
    expect(make(Object.create({ followRedirects: 1 }))).toThrow('followRedirects must be a boolean, not 1');
    expect(make(undefined)()).toBeInstanceOf(HTTPRequest);
  });
});

test('while busy some setters throw and change nothing, the others count from the next request() on', async ({
  servers,
}) => {
  const server = await servers.http();
  const http = new HTTPRequest();
  http.request(server.url('/hang'));
  for (const [name, value] of [
    ['bodySizeLimit', 5],
    ['useThreads', true],
  ] as const) {
    const before = Reflect.get(http, name);
    expect(() => Reflect.set(http, name, value)).toThrow(
      new Error(`${name} can't be changed while a request is under way`),
    );
    expect(Reflect.get(http, name)).toBe(before);
  }
  expect(() => http.setBodySizeLimit(5)).toThrow('bodySizeLimit');
  expect(() => http.setUseThreads(true)).toThrow('useThreads');
  http.maxRedirects = 0;
  http.timeout = 0.01;
  http.blockingModeEnabled = true;
  http.blockingModeEnabled = false;
  http.setHttpProxy('127.0.0.1', await servers.refusedPort());
  http.setHttpsProxy('', -1);
  http.setTLSOptions(TLSOptions.clientUnsafe());
  expect(http.request(server.url('/'))).toBe(ErrorCode.ERR_BUSY);
  expect([http.isBusy(), http.getLastError()]).toEqual([true, null]);
  http.cancelRequest();
  http.timeout = 0;
  http.request(server.url('/status/200'));
  expect((await http.completed()).result).toBe(Result.CANT_CONNECT);
  http.setHttpProxy('', -1);
  http.request(server.url('/redirect/302?to=/'));
  expect((await http.completed()).result).toBe(Result.REDIRECT_LIMIT_REACHED);
  http.timeout = 0.05;
  http.request(server.url('/hang'));
  expect((await http.completed()).result).toBe(Result.TIMEOUT);
  http.bodySizeLimit = 5;
  http.useThreads = true;
});

test('getLastError() and the counters are of the last request', async ({ servers }) => {
  const server = await servers.http();
  const http = new HTTPRequest();
  http.request('gopher://x');
  expect(http.getLastError()?.code).toBe('INVALID_URL');
  http.request(server.url('/echo'), [], Method.POST, 'x'.repeat(1000));
  expect(http.getLastError()).toBeNull();
  await http.completed();
  expect([http.getDownloadedBytes(), http.getBodySize(), http.getUploadedBytes()]).toEqual([
    1000, 1000, 1000,
  ]);
  http.request(`http://127.0.0.1:${await servers.refusedPort()}/`);
  expect([http.getDownloadedBytes(), http.getBodySize(), http.getUploadedBytes()]).toEqual([0, -1, 0]);
  await http.completed();
  expect(http.getLastError()).toMatchObject({ phase: 'connect', code: 'ECONNREFUSED', request: 'unsent' });
  // What had failed is no error of the request that is under way.
  http.request(server.url('/hang'));
  expect(http.getLastError()).toBeNull();
  http.cancelRequest();
  expect(http.getLastError()?.code).toBe('CANCELLED');
  expect((await http.completed()).url).toBe(server.url('/hang'));
});

test('the status is never DISCONNECTED while busy, and no counter is of another request', async ({
  servers,
}) => {
  const server = await servers.http();
  const http = new HTTPRequest();
  const seen = new Set<Status>();
  for (let round = 0; round < 300; round++) {
    http.request(server.url('/bytes/2000'));
    while (http.isBusy()) {
      seen.add(http.getHttpClientStatus());
      expect([0, 2000]).toContain(http.getDownloadedBytes());
      expect([-1, 2000]).toContain(http.getBodySize());
      http.poll();
    }
    http.request(server.url('/bytes/1000'));
    expect([0, 1000]).toContain(http.getDownloadedBytes());
    expect([-1, 1000]).toContain(http.getBodySize());
    http.cancelRequest();
  }
  expect(seen.has(Status.DISCONNECTED)).toBe(false);
});

test('neither printing nor JSON shows a secret', async ({ servers }) => {
  const server = await servers.http();
  const secret = 'open-sesame';
  await using pool = new WorkerPool({ threads: 1 });
  const http = new HTTPRequest({
    pool,
    proxyCredentials: { username: 'me', password: secret },
    sensitiveHeaders: [`X-${secret}`],
    tls: TLSOptions.client(null, '', { certificate: secret, key: secret, passphrase: secret }),
  });
  http.setHttpsProxy(`http://me:${secret}@127.0.0.1`, 8080);
  const fields = [`Authorization: Bearer ${secret}`, `Cookie: ${secret}`];
  const check = (...objects: unknown[]): void => {
    for (const object of objects) {
      expect(inspect(object, { showHidden: true, depth: 20 })).not.toContain(secret);
      expect(inspect(object)).not.toContain(secret);
      expect(JSON.stringify(object) ?? '').not.toContain(secret);
    }
  };
  const url = server.url(`/echo?key=${secret}`).replace('//', `//user:${secret}@`);
  let told = false;
  http.requestCompleted.connect(() => {
    told = true;
  });
  http.request(url, fields, Method.POST, secret);
  check(http, http.requestCompleted, http.progress, pool);
  const promise = http.completed();
  check(promise);
  await tickUntil(() => told);
  const result = await promise;
  expect(result.text()).toBe(secret);
  check(http, result, promise, http.getLastError(), HTTPRequest, ...symbolsOfGlobal());
  expect([Object.keys(http), Object.getOwnPropertySymbols(http)]).toEqual([[], []]);
});

/** The registry of all requests is behind one of them. */
function symbolsOfGlobal(): unknown[] {
  return Object.getOwnPropertySymbols(globalThis).map((symbol) => Reflect.get(globalThis, symbol));
}
