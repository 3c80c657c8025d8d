import { once } from 'node:events';
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { settingsOf, TLSOptions } from '../../../../src/main/options/tls-options.ts';
import { type Handshake, type Secured, TLSClient } from '../../../../src/worker/node/tls/tls-client.ts';
import { type Script, type Servers, type Step, startServers } from '../../../support/servers.ts';
import { within } from '../../../support/within.ts';

/** TLS over connections that are there already, and over TLS; the worker's own part, without the rest of it. */

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());

const BODY = 'x'.repeat(300_000);
const ANSWERING = (end: Step): Script => [{ expectHead: true }, { send: BODY }, end];

interface Address {
  readonly host: string;
  readonly port: number;
}

async function clientFor({ host, port }: Address): Promise<TLSClient> {
  const { cert } = await servers.authority();
  return new TLSClient(host, port, settingsOf(TLSOptions.client(cert)));
}

async function open({ host, port }: Address): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A tunnel to `target`, as a proxy over TCP or TLS makes one. */
async function tunnel(target: Address, tls: boolean): Promise<Socket> {
  const CONSENT = 'HTTP/1.1 200 OK\r\n\r\n';
  const proxy = await servers.raw([{ expectHead: true }, { send: CONSENT }, { tunnelTo: target }], { tls });
  const plain = await open(proxy);
  const socket = tls ? (await (await clientFor(proxy)).start(plain, null).secured).socket : plain;
  socket.write('CONNECT x HTTP/1.1\r\n\r\n');
  await once(socket, 'readable');
  expect(String(socket.read())).toBe(CONSENT);
  return socket;
}

/** Settles in time, whatever it is about. */
function settles<T>(promise: Promise<T>): Promise<T> {
  return within(20_000, () => 'the handshake to settle', promise);
}

const sink: OnReadOpts = { buffer: new Uint8Array(1000), callback: () => true };

const WAYS = ['of its own', 'over TCP', 'through a tunnel', 'through a tunnel over TLS'] as const;

async function start(target: Address, way: (typeof WAYS)[number], onread: OnReadOpts | null) {
  const client = await clientFor(target);
  if (way === 'of its own') return client.start({ host: target.host, port: target.port }, onread);
  if (way === 'over TCP') return client.start(await open(target), onread);
  return client.start(await tunnel(target, way === 'through a tunnel over TLS'), onread);
}

async function secure(target: Address, way: (typeof WAYS)[number], onread: OnReadOpts): Promise<Secured> {
  const handshake = await start(target, way, onread);
  onTestFinished(() => void handshake.socket.destroy());
  const secured = await settles(handshake.secured);
  if (way !== 'of its own') feed(handshake.socket, onread);
  return secured;
}

/** As Node does it where it has `onread`. */
function feed(socket: Socket, { buffer, callback }: OnReadOpts): void {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const target = typeof buffer === 'function' ? buffer() : buffer;
      const part = chunk.subarray(at, at + target.length);
      target.set(part);
      at += part.length;
      if (!callback(part.length, target)) socket.pause();
    }
  });
}

describe.each(WAYS)('a connection %s', (way) => {
  test.each<[string, Step, boolean]>([
    ['close_notify', { end: true }, false],
    ['a FIN', { destroy: true }, true],
  ])('puts bytes where it is told, and knows %s', async (_what, end, cut) => {
    const server = await servers.raw(ANSWERING(end), { tls: true });
    const memory = new Uint8Array(10_000);
    let count = 0;
    let stops = 0;
    const { socket, closeNotify } = await secure(server, way, {
      buffer: () => memory,
      callback: (length) => {
        count += length;
        // Stopped at every tenth read, and sent on when whatever was to be handed out has been.
        if (count % 10 > 0 || stops > 5) return true;
        stops += 1;
        setImmediate(() => socket.resume());
        return false;
      },
    });
    const ended = once(socket, 'end');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await settles(ended);
    expect([count, closeNotify.cut]).toEqual([BODY.length, cut]);
    expect(memory.subarray(0, 100).every((byte) => byte === 0x78)).toBe(true);
    expect(stops).toBeGreaterThan(0);
  });
});

test.each<[string, Step, boolean]>([
  ['close_notify', { end: true }, false],
  ['a FIN', { destroy: true }, true],
])('a stream inside TLS that is stopped when the outer one ends knows %s', async (_what, end, cut) => {
  const server = await servers.raw([{ expectHead: true }, { send: BODY.slice(0, 90_000) }, end], {
    tls: true,
  });
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  const { socket, closeNotify } = await secure(server, 'through a tunnel over TLS', {
    buffer: new Uint8Array(10),
    callback: () => false,
  });
  const ended = once(socket, 'end');
  socket.write('GET / HTTP/1.1\r\n\r\n');
  // So that, as a rule, answer and end are there together, and too much at once to be kept; if not, less is seen.
  Atomics.wait(sleep, 0, 0, 200);
  socket.on('pause', () => setTimeout(() => socket.resume(), 50));
  await settles(ended);
  expect(closeNotify.cut).toBe(cut);
});

describe('a handshake that does not come to its end', () => {
  const lost = async (handshake: Handshake): Promise<unknown> =>
    settles(
      handshake.secured.then(
        () => 'secured',
        (error: Error & { code?: string }) => error.code ?? error.message,
      ),
    );

  test.each(WAYS)('%s ends with what it was destroyed with', async (way) => {
    const silent = await servers.raw([{ expectBytes: 1 }, { hold: true }]);
    const handshake = await start(silent, way, sink);
    handshake.socket.destroy(new Error('too late'));
    expect(await lost(handshake)).toBe('too late');
  });

  test.each(WAYS)('%s ends when it is destroyed without a word', async (way) => {
    const silent = await servers.raw([{ expectBytes: 1 }, { hold: true }]);
    const handshake = await start(silent, way, sink);
    handshake.socket.destroy();
    expect(await lost(handshake)).toBe('CONNECTION_CLOSED');
  });

  test.each<[string, Script]>([
    ['reset', [{ expectBytes: 1 }, { reset: true }]],
    ['closed', [{ expectBytes: 1 }, { end: true }]],
    ['closed within a record', [{ expectBytes: 1 }, { send: '\x16\x03\x03' }, { end: true }]],
  ])('ends when the server has %s it, whatever is underneath', async (_what, script) => {
    const server = await servers.raw(script);
    for (const way of WAYS) expect(await lost(await start(server, way, sink))).toBe('ECONNRESET');
  });

  test('ends with the connection underneath it, whenever that goes', async () => {
    const server = await servers.https();
    const client = await clientFor(server);
    for (const turns of [0, 1, 2, 3, 4, 6, 8]) {
      const raw = await open(server);
      const handshake = client.start(raw, sink);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      raw.destroy();
      expect(['secured', 'CONNECTION_CLOSED', 'ECONNRESET']).toContain(await lost(handshake));
      if (!handshake.socket.closed) await settles(once(handshake.socket, 'close'));
    }
    const raw = await open(server);
    raw.destroy();
    expect(() => client.start(raw, sink)).toThrow('the connection was closed');
  });
});
