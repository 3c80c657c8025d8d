import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import * as original from 'tickhttp';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { VERSION } from '../../../src/shared/version.ts';
import { connect, get, settled } from '../../support/client.ts';
import { runScript } from '../../support/run-script.ts';
import { test } from '../../support/servers.ts';
import { connectionOf } from '../../support/streams.ts';

type Module = typeof original;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const OTHER_VERSION = '9.8.7';
const folder = mkdtempSync(join(tmpdir(), 'tickhttp-copies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy in a folder of its own, as a package that has bundled it has one. */
function copyTo(name: string, version = VERSION): Promise<Module> {
  const target = join(folder, name);
  cpSync(join(ROOT, 'dist'), join(target, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(target, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'), 'dir');
  const entry = join(target, 'dist', 'main', 'index.js');
  const text = readFileSync(entry, 'utf8');
  expect(text.includes(`"${VERSION}"`)).toBe(true);
  writeFileSync(entry, text.replaceAll(`"${VERSION}"`, `"${version}"`));
  return import(pathToFileURL(entry).href);
}

const commonJS: Module = createRequire(import.meta.url)('tickhttp');
let copy: Module;
let newer: Module;
beforeAll(async () => {
  [copy, newer] = await Promise.all([copyTo('same'), copyTo('newer', OTHER_VERSION)]);
  expect(new Set([original, copy, commonJS].map(({ HTTPClient }) => HTTPClient)).size).toBe(3);
});

test('twenty imports make no more threads than one', async ({ servers }) => {
  const { port } = await servers.http();
  for (const count of [1, 20]) {
    const args = [String(port), String(count)];
    const { stdout, stderr } = await runScript('test/support/scripts/many-copies.mjs', { args });
    const { working, threads, suitable } = JSON.parse(stdout);
    expect([stderr, working, threads]).toEqual(['', count, suitable]);
  }
});

test('where globals can not be added all clients share a pool, too', async ({ servers }) => {
  const { port } = await servers.http();
  const args = [String(port)];
  const { stdout, stderr } = await runScript('test/support/scripts/closed-global.mjs', { args });
  const { results, threads, suitable } = JSON.parse(stdout);
  expect([stderr, results, threads]).toEqual(['', [original.ErrorCode.OK, original.ErrorCode.OK], suitable]);
});

describe.each([
  ['the module', 'a copy'],
  ['a copy', 'the module'],
  ['the module', 'CommonJS'],
  ['CommonJS', 'the module'],
] as const)('%s takes from %s', (taker, giver) => {
  const modules = () => ({ 'the module': original, 'a copy': copy, CommonJS: commonJS });
  const mine = (): Module => modules()[taker];
  const theirs = (): Module => modules()[giver];

  test('a pool', async ({ servers }) => {
    const server = await servers.http();
    await using pool = new (theirs().WorkerPool)({ threads: 1 });
    const http = new (mine().HTTPClient)({ pool });
    http.connectToHost(server.host, server.port);
    expect(await settled(http)).toBe(original.Status.CONNECTED);
    expect((await get(http, '/bytes/100')).body).toHaveLength(100);
    expect(await pool.stats()).toMatchObject({ clients: 1, connections: 1, requests: 1 });
  });

  test('TLS options, and they decide', async ({ servers }) => {
    const server = await servers.https();
    const { cert } = await servers.authority();
    const { TLSOptions } = theirs();
    const statuses = [];
    for (const options of [TLSOptions.client(cert), TLSOptions.client(), TLSOptions.clientUnsafe()]) {
      const http = new (mine().HTTPClient)({ proxyTLS: options });
      http.connectToHost(server.host, server.port, options);
      statuses.push(await settled(http));
    }
    const { CONNECTED, TLS_HANDSHAKE_ERROR } = original.Status;
    expect(statuses).toEqual([CONNECTED, TLS_HANDSHAKE_ERROR, CONNECTED]);
  });

  test('a connection, there and back, with one of its own beside it', async ({ servers }) => {
    const server = await servers.http();
    const { HTTPClient } = mine();
    const giver = await connect(server);
    let owner: InstanceType<Module['HTTPClient']> = giver;
    // Handovers of both go through the same threads: their numbers must differ.
    for (let round = 0; round < 20; round++) {
      const own = new HTTPClient();
      own.connection = connectionOf(await connect(server));
      const heir = new (round % 2 === 0 ? theirs() : mine()).HTTPClient();
      heir.connection = owner.connection;
      const statuses = [owner, heir, own].map((http) => http.getStatus());
      const { DISCONNECTED, CONNECTED } = original.Status;
      expect(statuses).toEqual([DISCONNECTED, CONNECTED, CONNECTED]);
      expect((await get(heir, `/status/${200 + round}`)).code).toBe(200 + round);
      expect((await get(own, '/bytes/10')).body).toHaveLength(10);
      owner = heir;
    }
  });

  test('a stream of the caller’s, once', async () => {
    const { Duplex } = await import('node:stream');
    const line = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
    const http = new (mine().HTTPClient)();
    http.connection = theirs().StreamPeer.fromDuplex(line);
    expect(http.getStatus()).toBe(original.Status.CONNECTED);
    for (const { HTTPClient, StreamPeer } of [mine(), theirs(), newer]) {
      const second = new HTTPClient();
      second.connection = StreamPeer.fromDuplex(line);
      expect(second.getLastError()?.code).toBe('INVALID_CONNECTION');
    }
    http.close();
  });
});

test('tick() of any copy tells the requests of all, once', async ({ servers }) => {
  const server = await servers.http();
  const all = [original, copy, commonJS];
  for (const { tick } of all) {
    const told: string[] = [];
    const requests = all.map(({ HTTPRequest, Signal }, index) => {
      const http = new HTTPRequest();
      http.progress.connect((downloaded) => told.push(`${index}: ${downloaded} bytes`));
      http.requestCompleted.connect((_result, code) => told.push(`${index}: ${code}`));
      http.requestCompleted.connect(() => told.push(`${index}: end`), Signal.CONNECT_DEFERRED);
      http.request(server.url('/bytes/10'));
      return http;
    });
    await Promise.all(requests.map((http) => http.completed()));
    tick();
    for (const { tick: other } of all) other();
    const each = all.map((_module, index) => [`${index}: 10 bytes`, `${index}: 200`, `${index}: end`]);
    expect([...told].sort()).toEqual(each.flat().sort());
    expect(told.slice(-3).every((what) => what.endsWith('end'))).toBe(true);
  }
  await using pool = new copy.WorkerPool({ threads: 1 });
  const http = new original.HTTPRequest({ pool, proxyTLS: copy.TLSOptions.client(), tls: null });
  http.setTLSOptions(commonJS.TLSOptions.client());
  http.request(server.url('/bytes/10'));
  expect((await http.completed()).body).toHaveLength(10);
});

describe('of another version nothing is taken', () => {
  const message = (what: string): string =>
    `${what} of tickhttp ${OTHER_VERSION}, and this is tickhttp ${VERSION}: use one version`;

  test('objects', async () => {
    await using pool = new newer.WorkerPool({ threads: 1 });
    const options = newer.TLSOptions.client();
    const { Duplex } = await import('node:stream');
    const peer = newer.StreamPeer.fromDuplex(new Duplex());
    const http = new original.HTTPClient();
    const calls: [string, () => unknown][] = [
      ['pool is a WorkerPool', () => new original.HTTPClient({ pool })],
      ['proxyTLS is a TLSOptions', () => new original.HTTPClient({ proxyTLS: options })],
      ['tlsOptions is a TLSOptions', () => http.connectToHost('127.0.0.1', 1, options)],
      ['connection is a StreamPeer', () => http.setConnection(peer)],
    ];
    for (const [what, call] of calls) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(message(what));
    }
    expect(http.getStatus()).toBe(original.Status.DISCONNECTED);
  });

  test('its default pool is its own', async ({ servers }) => {
    const server = await servers.http();
    const before = Object.getOwnPropertySymbols(globalThis).length;
    for (const { HTTPClient } of [original, newer]) {
      const http = new HTTPClient();
      http.connectToHost(server.host, server.port);
      expect(await settled(http)).toBe(original.Status.CONNECTED);
    }
    expect(Object.getOwnPropertySymbols(globalThis).length).toBeGreaterThan(before);
  });
});

test('tick() of another version tells its own requests only', async ({ servers }) => {
  const server = await servers.http();
  const told: string[] = [];
  for (const [name, { HTTPRequest }] of Object.entries({ original, newer })) {
    const http = new HTTPRequest();
    http.requestCompleted.connect(() => told.push(name));
    http.request(server.url('/bytes/10'));
    await http.completed();
  }
  newer.tick();
  expect(told).toEqual(['newer']);
  original.tick();
  expect(told).toEqual(['newer', 'original']);
});

test('what only looks like an object of ours is none', () => {
  const http = new original.HTTPClient();
  const options = original.TLSOptions.client();
  for (const fake of [
    Object.create(options),
    new Proxy(options, {}),
    {},
    Object.create(original.TLSOptions.prototype),
  ]) {
    expect(() => http.connectToHost('127.0.0.1', 1, fake)).toThrow(
      /^tlsOptions must be a TLSOptions, not an/,
    );
  }
  // Nobody's settings would turn TLS off.
  const empty = { [Symbol.for('tickhttp.brand')]: () => ({ kind: 'TLSOptions', version: VERSION }) };
  for (const forged of [empty, { [Symbol.for('tickhttp.brand')]: () => undefined }]) {
    const connect = () => Reflect.apply(http.connectToHost, http, ['127.0.0.1', 1, forged]);
    expect(connect).toThrow(/^tlsOptions must be a TLSOptions, not an/);
  }
  const pool = Object.create(original.WorkerPool.prototype);
  expect(() => new original.HTTPClient({ pool })).toThrow(/^pool must be a WorkerPool, not an object/);
  expect(() => new original.HTTPClient({ pool: Object(options) })).toThrow(/^pool must be a WorkerPool/);
  const realm = createContext();
  expect(() => new original.HTTPClient({ pool: runInContext('({})', realm) })).toThrow(
    /^pool must be a WorkerPool/,
  );
});

test('printing shows no secret', async ({ servers }) => {
  const server = await servers.http();
  const secret = 'open-sesame';
  const material = { certificate: `cert-${secret}`, key: `key-${secret}`, passphrase: secret };
  const tls = original.TLSOptions.client(null, '', material);
  const http = new original.HTTPClient({
    proxyCredentials: { username: 'me', password: secret },
    proxyTLS: tls,
  });
  http.setHttpProxy(`http://me:${secret}@${server.host}`, server.port);
  http.connectToHost(server.host, server.port);
  expect(await settled(http)).toBe(original.Status.CONNECTED);
  const pool = new original.WorkerPool({ threads: 1 });
  const settings = { showHidden: true, depth: 20, getters: true } as const;
  for (const object of [tls, http, connectionOf(http), pool, http.getLastError(), original]) {
    expect(inspect(object, settings)).not.toContain(secret);
    expect(inspect(object)).not.toContain(secret);
    expect(JSON.stringify(object) ?? '').not.toContain(secret);
  }
  // The default pool is behind a symbol there.
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    expect(inspect(Reflect.get(globalThis, symbol), settings)).not.toContain(secret);
  }
  for (const object of [tls, http, pool]) {
    expect([Object.keys(object), Object.getOwnPropertySymbols(object)]).toEqual([[], []]);
  }
  await pool.close();
});

test('nor does an error about its type', () => {
  const calls = [
    () =>
      Reflect.construct(original.HTTPClient, [{ proxyCredentials: { username: 'me', password: 271828 } }]),
    () => Reflect.construct(original.HTTPClient, [{ proxyCredentials: { username: 271828n, password: '' } }]),
    () =>
      Reflect.apply(original.TLSOptions.client, original.TLSOptions, [
        null,
        '',
        { pfx: new Uint8Array(1), passphrase: 271828 },
      ]),
  ];
  for (const call of calls) {
    expect(call).toThrow(
      /(username|password|passphrase) must be a string, not a value of type (number|bigint)$/,
    );
  }
});
