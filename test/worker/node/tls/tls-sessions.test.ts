import { ErrorCode, HTTPClient, Status, TLSOptions, WorkerPool } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Session, Sessions } from '../../../../src/worker/node/tls/sessions.ts';
import { get, pollUntil } from '../../../support/client.ts';
import type { SecuredRecord } from '../../../support/protocol.ts';
import type { TestServer } from '../../../support/servers.ts';
import { makeWorld, pinOf, type World } from '../../../support/tls-world.ts';

/** Sessions are those of a thread: one thread for all here. */
let world: World;
let pool: WorkerPool;
beforeAll(async () => {
  world = await makeWorld();
  pool = new WorkerPool({ threads: 1 });
});
afterAll(async () => {
  await pool.close();
  await world.servers.close();
});

/** A connection: made, used for a request, and closed. */
async function visit(server: TestServer, options: TLSOptions): Promise<SecuredRecord> {
  const index = server.counts.connections;
  const http = new HTTPClient({ pool });
  http.connectToHost('127.0.0.1', server.port, options);
  await pollUntil(http, 'a connection', () => http.getStatus() !== Status.CONNECTING);
  expect([http.getStatus(), http.getLastError()]).toEqual([Status.CONNECTED, null]);
  // The tickets of TLS 1.3 come behind the handshake, at the latest with the answer.
  expect((await get(http, '/bytes/10')).code).toBe(200);
  const { tls } = await server.secured(index);
  http.close();
  if (!tls) throw new Error('no TLS');
  return tls;
}

async function resumptions(server: TestServer, visits: readonly TLSOptions[]): Promise<boolean[]> {
  const resumed: boolean[] = [];
  for (const options of visits) resumed.push((await visit(server, options)).resumed);
  return resumed;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('with %s', (version) => {
  const tls = { minVersion: version, maxVersion: version };

  test('a connection resumes the session of the one before, whatever object the options are in', async () => {
    const server = await world.servers.https({ tls });
    const options = () => TLSOptions.client(world.root.cert);
    expect(await resumptions(server, [options(), options(), options()])).toEqual([false, true, true]);
  });

  test('no other options are served by it', async () => {
    const { root, other } = world;
    const server = await world.servers.https({ tls });
    const pin = pinOf(root.cert);
    const others = [
      TLSOptions.client(root.cert),
      TLSOptions.client(root.cert, 'localhost'),
      TLSOptions.client([root.cert]),
      TLSOptions.client(root.cert + other.cert),
      TLSOptions.client(root.cert, '', { pins: [pin] }),
      TLSOptions.client(root.cert, '', { alpnProtocols: [] }),
      TLSOptions.client(root.cert, '', { serverName: 'front.example' }),
      TLSOptions.client(root.cert, '', { certificate: world.client.cert, key: world.client.key }),
      TLSOptions.clientUnsafe(root.cert),
      TLSOptions.clientUnsafe(),
    ];
    expect(await resumptions(server, others)).toEqual(others.map(() => false));
    expect(await resumptions(server, others)).toEqual(others.map(() => true));
  });

  test('one that nobody verified does not serve who verifies', async () => {
    const server = await world.servers.https({ tls: { ...tls, ...(await world.other.issue()) } });
    await resumptions(server, [TLSOptions.clientUnsafe()]);
    const http = new HTTPClient({ pool });
    expect(http.connectToHost('127.0.0.1', server.port, TLSOptions.client(world.root.cert))).toBe(
      ErrorCode.OK,
    );
    await pollUntil(http, 'a failure', () => http.getStatus() !== Status.CONNECTING);
    expect(http.getStatus()).toBe(Status.TLS_HANDSHAKE_ERROR);
  });

  test('pins hold for a resumed one too, those of issuers as well', async () => {
    const server = await world.servers.https({ tls });
    const pinned = TLSOptions.client(world.root.cert, '', { pins: [pinOf(world.root.cert)] });
    expect(await resumptions(server, [pinned, pinned, pinned])).toEqual([false, true, true]);
  });

  test('none is kept of a connection that failed a pin', async () => {
    const server = await world.servers.https({ tls });
    const pinned = TLSOptions.client(world.root.cert, '', { pins: [pinOf(world.other.cert)] });
    for (const _ of [1, 2]) {
      const http = new HTTPClient({ pool });
      http.connectToHost('127.0.0.1', server.port, pinned);
      await pollUntil(http, 'a failure', () => http.getStatus() !== Status.CONNECTING);
      expect(http.getLastError()?.code).toBe('CERT_PIN_MISMATCH');
    }
    const records = await server.connections();
    expect(records.map(({ tls }) => tls?.resumed ?? false)).toEqual([false, false]);
  });

  test('another server does not get it', async () => {
    const options = TLSOptions.client(world.root.cert);
    const [one, two] = [await world.servers.https({ tls }), await world.servers.https({ tls })];
    expect(await resumptions(one, [options])).toEqual([false]);
    expect(await resumptions(two, [options])).toEqual([false]);
  });
});

describe('the sessions of a thread', () => {
  const session = (name: string, once: boolean, age = 0): Session => {
    return { ticket: Buffer.from(name), once, pins: [], since: performance.now() - age };
  };
  const names = (sessions: Sessions, key: string, times: number) =>
    Array.from({ length: times }, () => sessions.take(key)?.ticket.toString());

  test('give a ticket of TLS 1.3 once, the newest first, and keep four', () => {
    const sessions = new Sessions();
    for (const name of ['a', 'b', 'c', 'd', 'e']) sessions.put('key', session(name, true));
    expect(names(sessions, 'key', 5)).toEqual(['e', 'd', 'c', 'b', undefined]);
  });

  test('give one of TLS 1.2 again and again, and keep the newest', () => {
    const sessions = new Sessions();
    for (const name of ['a', 'b']) sessions.put('key', session(name, false));
    expect(names(sessions, 'key', 3)).toEqual(['b', 'b', 'b']);
    sessions.forget('key');
    expect(names(sessions, 'key', 1)).toEqual([undefined]);
  });

  test('give none that is older than an hour', () => {
    const sessions = new Sessions();
    sessions.put('key', session('old', true, 3_601_000));
    expect(names(sessions, 'key', 1)).toEqual([undefined]);
  });

  test('are those of 128 servers, the ones used last', () => {
    const sessions = new Sessions();
    for (let at = 0; at < 129; at++) sessions.put(`${at}`, session('x', false));
    expect([sessions.take('0'), sessions.take('1')?.once]).toEqual([null, false]);
  });
});
