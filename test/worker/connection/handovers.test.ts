import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, settled, text, turn } from '../../support/client.ts';
import { checkPattern, fillPattern } from '../../support/pattern.mjs';
import { freshSeed, randomFrom } from '../../support/random.mjs';
import { type Script, test } from '../../support/servers.ts';
import {
  connectionOf,
  heirOf,
  receive,
  receiveRest,
  send,
  switching,
  UPGRADE,
  upgrade,
} from '../../support/streams.ts';

const HI = new TextEncoder().encode('hi');
const SMALL = { bufferSize: 16_384, limits: { headSize: 256, headFields: 8 } };

test('a connection that is given away goes on with requests at its new client', async ({ servers }) => {
  const server = await servers.http();
  const giver = await connect(server);
  expect((await get(giver, '/bytes/10')).code).toBe(200);
  const heir = new HTTPClient();
  const peer = connectionOf(giver);
  heir.connection = peer;
  expect([giver.getStatus(), giver.connection, giver.poll()]).toEqual([
    Status.DISCONNECTED,
    null,
    ErrorCode.ERR_UNCONFIGURED,
  ]);
  expect([heir.getStatus(), heir.poll(), heir.getLastError()]).toEqual([
    Status.CONNECTED,
    ErrorCode.OK,
    null,
  ]);
  expect([peer.getAvailableBytes(), peer.putData(HI)]).toEqual([-1, ErrorCode.FAILED]);
  const { body, status } = await get(heir, '/bytes/3000000');
  checkPattern(body);
  expect([body.length, status]).toEqual([3_000_000, Status.CONNECTED]);
  expect(server.counts).toMatchObject({ connections: 1, requests: 2 });
  // The giver can be used again, and the two have nothing to do with each other.
  giver.connectToHost(server.host, server.port);
  await settled(giver);
  giver.request(Method.GET, '/bytes/100', []);
  expect((await get(heir, '/bytes/10')).code).toBe(200);
  await settled(giver);
  expect(giver.readResponseBodyChunk()).toHaveLength(100);
});

test('what was given cannot be given again, and back only by who has it', async ({ servers }) => {
  const server = await servers.http();
  const giver = await connect(server);
  const peer = connectionOf(giver);
  const heir = heirOf(giver);
  for (const client of [giver, heir, new HTTPClient()]) {
    client.connection = peer;
    expect(client.getLastError()).toMatchObject({ code: 'INVALID_CONNECTION' });
  }
  giver.connection = connectionOf(heir);
  expect([heir.getStatus(), giver.getStatus()]).toEqual([Status.DISCONNECTED, Status.CONNECTED]);
  expect((await get(giver, '/bytes/10')).code).toBe(200);
  expect(server.counts.connections).toBe(1);
});

test('a request right behind it, again and again, goes where it should', async ({ servers }) => {
  const server = await servers.http();
  const other = await servers.http();
  let owner = await connect(server);
  for (let round = 0; round < 200; round++) {
    // An heir that is in full swing with another server: its worker may look for requests by itself.
    const heir = round % 2 === 0 ? await connect(other) : new HTTPClient();
    if (round % 2 === 0) for (let warm = 0; warm < 3; warm++) await get(heir, '/bytes/1');
    heir.connection = owner.connection;
    expect(heir.request(Method.GET, `/status/${200 + round}`, [])).toBe(ErrorCode.OK);
    await settled(heir);
    expect(heir.getResponseCode()).toBe(200 + round);
    while (heir.getStatus() === Status.BODY) heir.readResponseBodyChunk();
    owner[Symbol.dispose]();
    owner = heir;
  }
  expect(server.counts).toMatchObject({ connections: 1, requests: 200 });
});

test('a stream that begins in a read for more memory than the new client has is whole', async ({
  servers,
}) => {
  const server = await servers.raw(switching({ send: fillPattern(new Uint8Array(60_000)) }, { hold: true }));
  const heir = heirOf(await connect(server), SMALL);
  expect((await get(heir, '/chat', UPGRADE)).code).toBe(101);
  checkPattern(await receive(heir, 60_000));
});

describe('a stream goes on where it was read to', () => {
  test.for<[string, HTTPClientOptions, HTTPClientOptions]>([
    ['in memory of the usual size', {}, {}],
    ['in little memory, that goes round', SMALL, SMALL],
    ['from much memory into little', { bufferSize: 1 << 20 }, SMALL],
    ['from little into much', SMALL, {}],
  ])('%s', async ([, from, to], { servers }) => {
    const size = 4_000_000;
    const seed = freshSeed();
    const random = randomFrom(seed);
    const server = await servers.raw(switching({ send: fillPattern(new Uint8Array(size)) }, { hold: true }));
    let owner = await upgrade(server, from);
    const all = Buffer.alloc(size);
    for (let at = 0, round = 0; at < size; round++) {
      const most = Math.min(size - at, 1 + random(random(3) === 0 ? 300_000 : 3000));
      all.set(await receive(owner, most, 1 + random(20_000)), at);
      at += most;
      // Sometimes the worker has had time to read on, sometimes not.
      for (let turns = random(4); turns > 0; turns--) await turn();
      const heir = heirOf(owner, round % 2 === 0 ? to : from);
      owner[Symbol.dispose]();
      owner = heir;
    }
    checkPattern(all);
    expect(connectionOf(owner).getAvailableBytes(), `seed ${seed}`).toBe(0);
  });

  test('also when nobody has looked yet, on either side', async ({ servers }) => {
    const server = await servers.raw(
      switching({ send: 'first' }, { expectBytes: 2 }, { send: 'second' }, { hold: true }),
    );
    const owner = await upgrade(server);
    connectionOf(owner).putData(HI);
    // Its heirs are streams before they can know that the connection has come.
    let heir = owner;
    for (let round = 0; round < 10; round++) {
      heir = heirOf(heir);
      connectionOf(heir).getAvailableBytes();
      if (round === 5) await pollUntil(heir, 'bytes', () => connectionOf(heir).getAvailableBytes() > 0);
    }
    expect(text(await receive(heir, 11))).toBe('firstsecond');
  });

  test('after its end', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw(switching({ send: 'x'.repeat(100_000) }, { end: true }));
    const owner = await upgrade(server, { pool });
    await receive(owner, 10);
    await pollUntil(owner, 'everything', () => connectionOf(owner).getAvailableBytes() === 99_990);
    await server.finished();
    const heir = heirOf(owner, { pool });
    const { bytes, error } = await receiveRest(heir);
    expect([bytes.length, error]).toEqual([99_990, ErrorCode.ERR_FILE_EOF]);
    // The other half is still there.
    expect(await pool.stats()).toMatchObject({ connections: 1 });
    heir.close();
    await server.closed();
    // Counted once, too.
    expect(await pool.stats()).toMatchObject({ bytesRead: server.counts.sent, connections: 0 });
  });

  test('and what is written before, between and after arrives in this order', async ({ servers }) => {
    const server = await servers.raw(switching({ hold: true }));
    let owner = await upgrade(server);
    let expected = '';
    for (let round = 0; round < 50; round++) {
      connectionOf(owner).putData(Buffer.from(`${round},`));
      expected += `${round},`;
      const heir = heirOf(owner);
      // It has something to do already, which must not disturb what it gave.
      owner.connectToHost(server.host, server.port);
      owner.close();
      owner = heir;
    }
    const said = ({ received }: { received: Uint8Array }) => text(received).split('\r\n\r\n')[1];
    await server.waitFor('everything', (connection) => said(connection)?.length === expected.length);
    const [record] = await server.connections();
    expect(record && said(record)).toBe(expected);
  });
});

test('the giver’s next answer is not written over by what comes for its heir', async ({ servers }) => {
  const stream: Script = switching({ waitFor: 'go' }, { send: Buffer.alloc(2_000_000, 'x') }, { hold: true });
  const server = await servers.raw(stream);
  const routes = await servers.http();
  const giver = await upgrade(server, { bufferSize: 1 << 20 });
  connectionOf(giver).getAvailableBytes();
  await turn();
  const heir = heirOf(giver);
  giver.connectToHost(routes.host, routes.port);
  await settled(giver);
  giver.request(Method.GET, '/bytes/900000', []);
  await settled(giver);
  await pollUntil(giver, 'the whole answer', () => routes.counts.sent >= 900_000);
  connectionOf(heir).getAvailableBytes();
  server.release('go');
  await receive(heir, 2_000_000);
  const body = new Uint8Array(900_000);
  let at = 0;
  await pollUntil(giver, 'the body', () => {
    at += giver.readResponseBodyInto(body.subarray(at));
    return giver.getStatus() !== Status.BODY;
  });
  expect(at).toBe(900_000);
  checkPattern(body);
});

describe('pools', () => {
  test('the connection stays on its thread; its client goes there, and back', async ({ servers }) => {
    await using one = new WorkerPool({ threads: 1 });
    await using two = new WorkerPool({ threads: 1 });
    const server = await servers.http();
    const giver = await connect(server, { pool: one });
    await get(giver, '/bytes/1000');
    const heir = await connect(server, { pool: two });
    heir.connection = giver.connection;
    expect((await get(heir, '/bytes/1000')).code).toBe(200);
    expect(await one.stats()).toMatchObject({ clients: 2, connections: 1, requests: 2 });
    // The connection that the heir had is over.
    await server.ended(1);
    expect(await two.stats()).toMatchObject({ clients: 0, connections: 0 });
    heir.connectToHost(server.host, server.port);
    await settled(heir);
    expect((await get(heir, '/bytes/1000')).code).toBe(200);
    expect(await two.stats()).toMatchObject({ clients: 1, connections: 1 });
    const { bytesRead, bytesWritten } = await one.stats();
    const [record] = await server.connections();
    expect(bytesWritten).toBe(server.countsOf(0).received);
    expect([bytesRead > 2000, record?.events.includes('ended')]).toEqual([true, true]);
  });

  test('between the threads of one', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 3 });
    const server = await servers.http();
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect(server, { pool })));
    const [first] = clients;
    let owner = first ?? new HTTPClient();
    for (const client of clients.slice(1)) {
      client.connection = owner.connection;
      owner = client;
    }
    expect((await get(owner, '/bytes/10')).code).toBe(200);
    expect(await pool.stats()).toMatchObject({ clients: 6, connections: 1 });
  });

  test('bytes are counted once, whoever has read them', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw(
      switching({ send: 'x'.repeat(100_000) }, { expectBytes: 2 }, { end: true }),
    );
    const giver = await upgrade(server, { pool });
    await receive(giver, 10);
    const heir = heirOf(giver, { pool });
    await receive(heir, 99_990);
    await send(heir, HI);
    await pollUntil(heir, 'the end', () => connectionOf(heir).getData(1)[0] === ErrorCode.ERR_FILE_EOF);
    heir.close();
    const [record] = await server.connections();
    const { bytesRead, bytesWritten, connections } = await pool.stats();
    expect([bytesRead, bytesWritten, connections]).toEqual([server.counts.sent, record?.bytesReceived, 0]);
  });

  test('a pool that is closed right after takes both with it', async ({ servers }) => {
    const pool = new WorkerPool({ threads: 1 });
    const server = await servers.http();
    const giver = await connect(server, { pool });
    const heir = heirOf(giver);
    await pool.close();
    await pollUntil(heir, 'the end', () => heir.getStatus() === Status.CONNECTION_ERROR);
    expect(heir.getLastError()).toMatchObject({ phase: 'worker', code: 'POOL_CLOSED' });
    await server.ended();
    heir.connectToHost(server.host, server.port);
    expect(await settled(heir)).toBe(Status.CONNECTED);
  });
});

describe('what happens right behind it', () => {
  test.for(['close', 'dispose', 'connectToHost', 'another connection'] as const)(
    'the heir does not want it any more, by %s: the server is told',
    async (way, { servers }) => {
      const server = await servers.http();
      const giver = await connect(server);
      const other = await connect(server);
      const heir = heirOf(giver);
      if (way === 'close') heir.close();
      else if (way === 'dispose') heir[Symbol.dispose]();
      else if (way === 'connectToHost') heir.connectToHost(server.host, server.port);
      else heir.connection = other.connection;
      await server.ended(0);
    },
  );

  test.for(['close', 'dispose', 'connectToHost', 'another connection'] as const)(
    'the giver goes on, by %s: nothing is lost',
    async (way, { servers }) => {
      const server = await servers.http();
      const giver = await connect(server);
      const other = await connect(server);
      const heir = heirOf(heirOf(giver));
      if (way === 'close') giver.close();
      else if (way === 'dispose') giver[Symbol.dispose]();
      else if (way === 'connectToHost') giver.connectToHost(server.host, server.port);
      else giver.connection = other.connection;
      expect((await get(heir, '/bytes/10')).code).toBe(200);
      expect(server.countsOf(0).requests).toBe(1);
    },
  );

  test('who has only just been given it gives it on, and turns to another server', async ({ servers }) => {
    const server = await servers.http();
    const other = await servers.http();
    const giver = await connect(server);
    const between = heirOf(giver);
    const heir = heirOf(between);
    between.connectToHost(other.host, other.port);
    expect((await get(heir, '/bytes/10')).code).toBe(200);
    expect(await settled(between)).toBe(Status.CONNECTED);
    expect((await get(between, '/bytes/20')).body).toHaveLength(20);
    expect([server.counts.requests, other.counts.requests]).toEqual([1, 1]);
  });

  test('a connection that is lost already fails at its new client, and wherever that gives it', async ({
    servers,
  }) => {
    const server = await servers.raw([{ waitFor: 'go' }, { reset: true }]);
    const giver = await connect(server);
    server.release('go');
    await server.closed();
    const heir = heirOf(heirOf(heirOf(giver)));
    heir.request(Method.GET, '/', []);
    expect(await settled(heir)).toBe(Status.CONNECTION_ERROR);
    expect(heir.getLastError()).toMatchObject({ code: 'ECONNRESET' });
  });
});
