import { ErrorCode, type Failure, HTTPClient, type HTTPClientOptions, Status, TLSOptions } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, get } from '../../support/client.ts';
import { Clock } from '../../support/clock.ts';
import { failed, proxied, type Way } from '../../support/proxied.ts';
import { runScript } from '../../support/run-script.ts';
import { type Address, type ConnectionRecord, type Servers, startServers } from '../../support/servers.ts';
import { TestServer } from '../../support/test-server.ts';

type Timeouts = NonNullable<HTTPClientOptions['timeouts']>;

/** Milliseconds, odd enough to be known in a message. */
const SHORT = 151;

let shared: Servers;
let clock: Clock;
/** Its connections are never established. */
let deaf: Address;
beforeAll(async () => {
  shared = await startServers();
  deaf = await shared.silent({ full: true });
  clock = new Clock(await shared.silent());
});
afterAll(async () => {
  await clock.pool.close();
  await shared.close();
});

/** Another one that never says a word: its first connection is the one that is meant. */
const mute = (): Promise<TestServer> => shared.raw([{ hold: true }]);

const at = ({ host, port }: Address): string => (port < 0 ? host : `${host}:${port}`);

const isOver = ({ events }: ConnectionRecord): boolean =>
  events.includes('ended') || events.includes('closed');

interface Stall {
  readonly way?: Way;
  readonly proxy?: () => Address | Promise<Address>;
  readonly target: () => Address | Promise<Address>;
  readonly tls?: boolean;
  readonly code: string;
  readonly phase: Failure['phase'];
  readonly status: Status;
  readonly error: ErrorCode;
  /** Whom the message names: the proxy, or the target. */
  readonly names: 'target' | 'proxy';
}

const { CANT_CONNECT, TLS_HANDSHAKE_ERROR } = Status;
const error = ErrorCode.ERR_CANT_CONNECT;
const NO_CONNECTION = { code: 'CONNECT_TIMEOUT', phase: 'connect', status: CANT_CONNECT, error } as const;
const NO_TUNNEL = { code: 'CONNECT_TIMEOUT', phase: 'proxy', status: CANT_CONNECT, error } as const;
const NO_TLS = { code: 'TLS_TIMEOUT', phase: 'tls', status: TLS_HANDSHAKE_ERROR, error } as const;
const nowhere: Address = { host: 'nowhere.test', port: 443 };

const STALLS: Record<string, Stall> = {
  'TCP of the server': { target: () => deaf, ...NO_CONNECTION, names: 'target' },
  'TLS of the server': { target: mute, tls: true, ...NO_TLS, names: 'target' },
  'TLS over a unix socket': {
    target: () => shared.raw([{ hold: true }], { path: true }),
    tls: true,
    ...NO_TLS,
    names: 'target',
  },
  'TCP of a proxy': { proxy: () => deaf, target: () => nowhere, ...NO_CONNECTION, names: 'proxy' },
  'TLS of a proxy': {
    way: { scheme: 'https' },
    proxy: mute,
    target: () => nowhere,
    ...NO_TLS,
    names: 'proxy',
  },
  'the consent of an HTTP proxy': {
    proxy: mute,
    target: () => nowhere,
    tls: true,
    ...NO_TUNNEL,
    names: 'proxy',
  },
  'the consent of a SOCKS proxy': {
    way: { scheme: 'socks5' },
    proxy: mute,
    target: () => nowhere,
    ...NO_TUNNEL,
    names: 'proxy',
  },
  "TLS through an HTTP proxy's tunnel": {
    proxy: () => shared.proxy(),
    target: mute,
    tls: true,
    ...NO_TLS,
    names: 'target',
  },
  "TLS through a SOCKS proxy's tunnel": {
    way: { scheme: 'socks5' },
    proxy: () => shared.socks(),
    target: mute,
    tls: true,
    ...NO_TLS,
    names: 'target',
  },
};

/** A client on its way to where it stalls. */
async function start(
  { way = {}, ...stall }: Stall,
  timeouts: Timeouts,
): Promise<{ http: HTTPClient; named: string; peers: TestServer[] }> {
  const proxy = await stall.proxy?.();
  const target = await stall.target();
  const options = { timeouts, pool: clock.pool };
  const http = proxy ? proxied(proxy, way, options) : new HTTPClient(options);
  expect(http.connectToHost(target.host, target.port, stall.tls ? TLSOptions.clientUnsafe() : null)).toBe(
    ErrorCode.OK,
  );
  const peers = [proxy, target].filter((peer) => peer instanceof TestServer);
  return { http, named: stall.names === 'proxy' && proxy ? at(proxy) : at(target), peers };
}

describe.each(Object.entries(STALLS))('%s stalls:', (_what, stall) => {
  const only: keyof Timeouts = stall.code === 'TLS_TIMEOUT' ? 'tls' : 'connect';
  const { code, phase, status } = stall;

  test.each([false, true])('it fails in time, with code, phase and status; blocking %j', async (blocking) => {
    const { http, named, peers } = await start(stall, { resolve: 0, connect: 0, tls: 0, [only]: SHORT });
    http.blockingModeEnabled = blocking;
    if (blocking) expect([http.poll(), http.getStatus()]).toEqual([stall.error, status]);
    const failure = blocking ? http.getLastError() : await failed(http);
    expect(failure).toMatchObject({ code, phase, ...(blocking ? {} : { status, error: stall.error }) });
    expect(failure?.message).toContain(named);
    expect(failure?.message).toContain(`${SHORT} ms`);
    for (const peer of peers) await peer.waitFor('its end', isOver);
  });

  test('connect is the default of the time that it has', async () => {
    const { http } = await start(stall, { connect: SHORT });
    expect(await failed(http)).toMatchObject({ code, message: expect.stringContaining(`${SHORT} ms`) });
  });

  test('with 0 it has all the time there is', async () => {
    const off = { [only]: 0, request: SHORT, headers: SHORT, body: SHORT };
    const others = only === 'tls' ? {} : { tls: SHORT, resolve: SHORT };
    const { http } = await start(stall, { ...off, ...others });
    await clock.elapse(2 * SHORT);
    expect([http.poll(), http.getStatus()]).toEqual([ErrorCode.OK, Status.CONNECTING]);
    http.close();
  });

  test('close() ends it', async () => {
    const { http, peers } = await start(stall, {});
    // As far as it goes.
    await clock.elapse(SHORT);
    expect((await clock.pool.stats()).connections).toBe(1);
    http.close();
    for (const peer of peers) await peer.waitFor('its end', isOver);
    while ((await clock.pool.stats()).connections > 0) expect(http.getStatus()).toBe(Status.DISCONNECTED);
    const next = await connect(await shared.http(), { pool: clock.pool });
    expect((await get(next, '/bytes/3')).body).toHaveLength(3);
    next.close();
  });
});

describe('DNS hangs:', () => {
  const HANGING = `data:text/javascript,import dns from 'node:dns'; dns.promises.lookup = () => new Promise(() => {});`;
  const { RESOLVING, CANT_RESOLVE } = Status;
  const { OK, ERR_CANT_RESOLVE } = ErrorCode;

  test.for<[string, Timeouts, string | null, Status, ErrorCode]>([
    ['it fails in time', { resolve: SHORT, connect: 0 }, null, CANT_RESOLVE, ERR_CANT_RESOLVE],
    ['connect is the default of its time', { connect: SHORT }, null, CANT_RESOLVE, ERR_CANT_RESOLVE],
    ['a proxy has no other time', { resolve: SHORT }, 'hangs.test', CANT_RESOLVE, ERR_CANT_RESOLVE],
    ['with 0 it has all the time there is', { resolve: 0, connect: SHORT, tls: SHORT }, null, RESOLVING, OK],
  ])('%s: %j', async ([_what, timeouts, proxy, status, error]) => {
    const options = { timeouts: { blocking: status === RESOLVING ? 5 * SHORT : 10_000, ...timeouts } };
    const script = `import('tickhttp').then(({ HTTPClient }) => {
      const http = new HTTPClient(${JSON.stringify(options)});
      http.setHttpProxy(${JSON.stringify(proxy ?? '')}, 3128);
      http.blockingModeEnabled = true;
      http.connectToHost(${JSON.stringify(proxy ? '127.0.0.1' : 'hangs.test')}, 80);
      const error = http.poll();
      console.log(JSON.stringify({ error, status: http.getStatus(), failure: http.getLastError() }));
    })`;
    const { stdout, stderr } = await runScript('', {
      nodeArgs: ['--eval', script],
      workerPreload: HANGING,
    });
    const named = proxy ? 'the proxy hangs.test:3128' : 'hangs.test:80';
    const message = `Cannot resolve ${named}: there was no answer from DNS after ${SHORT} ms (RESOLVE_TIMEOUT).`;
    const failure = { phase: 'resolve', code: 'RESOLVE_TIMEOUT', message, request: null };
    expect(JSON.parse(stdout || stderr)).toEqual({ error, status, failure: error === OK ? null : failure });
  });
});
