import { HTTPClient, type HTTPClientOptions, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { describe, expect, test } from 'vitest';

/** Milliseconds that a timer can take. */
const MOST = 2 ** 31 - 1;

describe('options', () => {
  test.each<[string, HTTPClientOptions]>([
    ['none', {}],
    [
      'the least',
      {
        bufferSize: 16_384,
        timeouts: { resolve: 0, connect: 0, tls: 0, headers: 0, body: 0, request: 0, blocking: 1 },
        limits: { headSize: 256, headFields: 1 },
        proxyCredentials: { username: '', password: '' },
        proxyFromEnvironment: false,
        family: 0,
        dnsLifetime: 0,
        tcpKeepAlive: 0,
      },
    ],
    [
      'the most',
      {
        bufferSize: 2 ** 28,
        timeouts: {
          resolve: MOST,
          connect: MOST,
          tls: MOST,
          headers: MOST,
          body: MOST,
          request: MOST,
          blocking: MOST,
        },
        limits: { headSize: 2 ** 24, headFields: 2 ** 16 },
        transferBody: true,
        proxyCredentials: { username: 'me', password: 'a:b@c' },
        proxyTLS: TLSOptions.clientUnsafe(),
        proxyFromEnvironment: true,
        localAddress: '::1',
        family: 6,
        dnsLifetime: 3_600_000,
        tcpKeepAlive: MOST,
      },
    ],
  ])('take %s', (_what, options) => {
    expect(new HTTPClient(options).getStatus()).toBe(Status.DISCONNECTED);
  });

  test.each<[HTTPClientOptions, string]>([
    [{ bufferSize: 16_383 }, 'bufferSize must be 16384 to 268435456, not 16383'],
    [{ bufferSize: 2 ** 28 + 1 }, 'bufferSize must be'],
    [{ timeouts: { connect: -1 } }, 'timeouts.connect must be 0 to 2147483647, not -1'],
    [{ timeouts: { connect: 2 ** 31 } }, 'timeouts.connect must be'],
    [{ timeouts: { blocking: 0 } }, 'timeouts.blocking must be'],
    [{ timeouts: { resolve: -1 } }, 'timeouts.resolve must be 0 to 2147483647, not -1'],
    [{ timeouts: { tls: 2 ** 31 } }, 'timeouts.tls must be'],
    [{ timeouts: { headers: -1 } }, 'timeouts.headers must be'],
    [{ timeouts: { body: 2 ** 31 } }, 'timeouts.body must be'],
    [{ timeouts: { request: -1 } }, 'timeouts.request must be'],
    [{ dnsLifetime: -1 }, 'dnsLifetime must be 0 to 3600000, not -1'],
    [{ dnsLifetime: 3_600_001 }, 'dnsLifetime must be'],
    [{ tcpKeepAlive: -1 }, 'tcpKeepAlive must be 0 or 1000 to 2147483647, not -1'],
    [{ tcpKeepAlive: 1 }, 'tcpKeepAlive must be 0 or 1000 to 2147483647, not 1'],
    [{ tcpKeepAlive: 999 }, 'tcpKeepAlive must be 0 or 1000'],
    [{ tcpKeepAlive: 2 ** 31 }, 'tcpKeepAlive must be'],
    [{ localAddress: 'localhost' }, 'localAddress must be an IP address of this machine'],
    [{ localAddress: '::1', family: 4 }, 'localAddress ::1 is of family 6, not 4'],
    [{ localAddress: '127.0.0.1', family: 6 }, 'localAddress 127.0.0.1 is of family 4, not 6'],
    [{ proxyCredentials: { username: 'a\n', password: '' } }, 'proxyCredentials has a control character'],
    [{ proxyCredentials: { username: 'a', password: '\n' } }, 'proxyCredentials has a control character'],
    [{ limits: { headSize: 255 } }, 'limits.headSize must be'],
    [{ limits: { headSize: 2 ** 24 + 1 } }, 'limits.headSize must be'],
    [{ limits: { headFields: 0 } }, 'limits.headFields must be'],
    [{ limits: { headFields: 2 ** 16 + 1 } }, 'limits.headFields must be'],
  ])('throw a RangeError for %o', (options, message) => {
    expect(() => new HTTPClient(options)).toThrow(RangeError);
    expect(() => new HTTPClient(options)).toThrow(message);
  });

  test.each<[unknown, RegExp]>([
    [null, /options/],
    [5, /options/],
    [{ pool: {} }, /^pool must be a WorkerPool/],
    [{ pool: null }, /^pool must be a WorkerPool/],
    [{ bufferSize: '1M' }, /^bufferSize must be a whole number, not the string "1M"/],
    [{ bufferSize: 20_000.5 }, /^bufferSize must be a whole number/],
    [{ bufferSize: Number.POSITIVE_INFINITY }, /^bufferSize must be a whole number/],
    [{ timeouts: null }, /timeouts/],
    [{ timeouts: 1000 }, /timeouts/],
    [{ timeouts: { connect: '1s' } }, /^timeouts\.connect must be a whole number/],
    [{ timeouts: { blocking: null } }, /^timeouts\.blocking must be a whole number/],
    [{ limits: 'none' }, /limits/],
    [{ limits: { headSize: true } }, /^limits\.headSize must be a whole number/],
    [{ limits: { headFields: 1.5 } }, /^limits\.headFields must be a whole number/],
    [{ transferBody: 1 }, /^transferBody must be a boolean/],
    ...['resolve', 'tls', 'headers', 'body', 'request'].map((name): [unknown, RegExp] => [
      { timeouts: { [name]: '1s' } },
      new RegExp(`^timeouts\\.${name} must be a whole number`),
    ]),
    [{ timeouts: { connect: null } }, /^timeouts\.connect must be a whole number/],
    [{ dnsLifetime: 0.5 }, /^dnsLifetime must be a whole number/],
    [{ tcpKeepAlive: '1m' }, /^tcpKeepAlive must be a whole number/],
    [{ tcpKeepAlive: 1000.5 }, /^tcpKeepAlive must be a whole number/],
    [{ tcpKeepAlive: null }, /^tcpKeepAlive must be a whole number/],
    [{ tcpKeepAlive: false }, /^tcpKeepAlive must be a whole number/],
    [{ localAddress: 1 }, /^localAddress must be a string/],
    [{ proxyFromEnvironment: 'yes' }, /^proxyFromEnvironment must be a boolean/],
    [{ proxyTLS: {} }, /^proxyTLS must be a TLSOptions/],
    [{ proxyTLS: null }, /^proxyTLS must be a TLSOptions/],
    [{ proxyCredentials: 'me:secret' }, /^proxyCredentials must be an object/],
    [{ proxyCredentials: null }, /^proxyCredentials must be an object/],
    [{ proxyCredentials: { username: 'me' } }, /^proxyCredentials\.password must be a string/],
    [{ proxyCredentials: { password: 'secret' } }, /^proxyCredentials\.username must be a string/],
    // A slip of the pen is no option that does nothing.
    [{ buffersize: 2 ** 20 }, /^there is no option buffersize: did you mean bufferSize\?$/],
    ...['blockingModeEnabled', 'readChunkSize', 'connection'].map((name): [unknown, RegExp] => [
      { [name]: 1 },
      new RegExp(`^${name} is a property of HTTPClient, not an option: set client\\.${name}$`),
    ]),
    [{ timeout: 1000 }, /^there is no option timeout: the options are pool, bufferSize, timeouts, /],
    [
      { timeouts: { conect: 1000 } },
      /^there is no option timeouts\.conect: the options are resolve, connect, tls, /,
    ],
    [{ timeouts: { TLS: 1000 } }, /^there is no option timeouts\.TLS: did you mean tls\?$/],
    [
      { limits: { maxHeadSize: 1 } },
      /^there is no option limits\.maxHeadSize: the options are headSize, headFields$/,
    ],
    [
      { proxyCredentials: { username: '', password: '', pass: '' } },
      /^there is no option proxyCredentials\.pass: the options are username, password$/,
    ],
  ])('throw a TypeError for %o', (options, message) => {
    const construct = () => Reflect.construct(HTTPClient, [options]);
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(message);
  });

  test.each<[unknown, ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor, RegExp]>([
    [{ threads: 0 }, RangeError, /^threads must be 1 to 64, not 0/],
    [{ threads: 65 }, RangeError, /^threads must be/],
    [{ threads: '2' }, TypeError, /^threads must be a whole number/],
    [{ connectionsPerOrigin: 0 }, RangeError, /^connectionsPerOrigin must be 1 to 10000, not 0/],
    [{ connectionsPerOrigin: 10_001 }, RangeError, /^connectionsPerOrigin must be 1 to 10000/],
    [{ connectionsPerOrigin: '6' }, TypeError, /^connectionsPerOrigin must be a whole number/],
    [{ keepAliveTimeout: -1 }, RangeError, /^keepAliveTimeout must be 0 to 2147483647, not -1/],
    [{ keepAliveTimeout: 0.5 }, TypeError, /^keepAliveTimeout must be a whole number/],
    [{ unresponsiveAfter: 999 }, RangeError, /^unresponsiveAfter must be/],
    [{ unresponsiveAfter: 3_600_001 }, RangeError, /^unresponsiveAfter must be/],
    [{ unresponsiveAfter: null }, TypeError, /^unresponsiveAfter must be a whole number/],
    [
      { thread: 2 },
      TypeError,
      /^there is no option thread: the options are threads, unresponsiveAfter, workerUrl, connectionsPerOrigin, keepAl/,
    ],
  ])('of a WorkerPool: %o throws', (options, kind, message) => {
    const construct = () => Reflect.construct(WorkerPool, [options]);
    expect(construct).toThrow(kind);
    expect(construct).toThrow(message);
  });
});

describe('properties, setters and getters are the same thing', () => {
  test('blockingModeEnabled', () => {
    const http = new HTTPClient();
    http.blockingModeEnabled = true;
    expect(http.isBlockingModeEnabled()).toBe(true);
    http.setBlockingMode(false);
    expect(http.blockingModeEnabled).toBe(false);
    expect(http.isBlockingModeEnabled()).toBe(false);
  });

  test.each([256, 257, 65_536, 16_777_216])('readChunkSize takes %i', (bytes) => {
    const http = new HTTPClient();
    http.readChunkSize = bytes;
    expect([http.readChunkSize, http.getReadChunkSize()]).toEqual([bytes, bytes]);
    http.readChunkSize = 1024;
    http.setReadChunkSize(bytes);
    expect([http.readChunkSize, http.getReadChunkSize()]).toEqual([bytes, bytes]);
    expect(http.getLastError()).toBeNull();
  });

  test.each([255, 16_777_217, 0, -1, Number.MAX_SAFE_INTEGER])(
    'readChunkSize %i is out of range: it stays, and the reason is told',
    (bytes) => {
      const http = new HTTPClient();
      http.readChunkSize = 1024;
      http.readChunkSize = bytes;
      expect(http.readChunkSize).toBe(1024);
      http.setReadChunkSize(bytes);
      expect(http.getReadChunkSize()).toBe(1024);
      expect(http.getLastError()).toEqual({
        phase: 'argument',
        request: null,
        code: 'INVALID_CHUNK_SIZE',
        message: expect.stringContaining(`not ${bytes}`),
      });
    },
  );
});

describe('TLSOptions', () => {
  test('says how it was made', () => {
    const verified = TLSOptions.client('PEM', 'example.com');
    expect(verified.isUnsafeClient()).toBe(false);
    expect(verified.getTrustedCAChain()).toBe('PEM');
    expect(verified.getCommonNameOverride()).toBe('example.com');
    const unsafe = TLSOptions.clientUnsafe();
    expect(unsafe.isUnsafeClient()).toBe(true);
    expect(unsafe.getTrustedCAChain()).toBeNull();
    expect(unsafe.getCommonNameOverride()).toBe('');
  });

  test.each<['client' | 'clientUnsafe', unknown[], RegExp]>([
    ['client', [42], /^trustedChain must be PEM/],
    ['client', [[Buffer.from('pem'), 42]], /^trustedChain\[1\] must be PEM/],
    ['client', [null, null], /^commonNameOverride must be a string/],
    ['clientUnsafe', [{ pem: '' }], /^trustedChain must be PEM/],
  ])('TLSOptions.%s(%o)', (name, args, message) => {
    const call = () => Reflect.apply(TLSOptions[name], TLSOptions, args);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  test('TLSOptions can only be made by its own functions: another one would turn TLS off', () => {
    expect(() => Reflect.construct(TLSOptions, [])).toThrow(TypeError);
    const forged = Object.create(TLSOptions.prototype);
    expect(() => new HTTPClient().connectToHost('localhost', 443, forged)).toThrow(TypeError);
  });
});
