import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil, settled, turn } from '../../support/client.ts';
import { PATIENCE } from '../../support/patience.ts';
import { checkPattern } from '../../support/pattern.mjs';
import { test } from '../../support/servers.ts';

test('64 clients over 2 workers download at once, all bytes right', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 2 });
  const plain = await servers.http();
  const secure = await servers.https();
  const { cert: ca } = await servers.authority();
  const clients = await Promise.all(
    Array.from({ length: 64 }, (_, index) =>
      index % 4 ? connect(plain, { pool }) : connect(secure, { pool, ca }),
    ),
  );
  const kinds = ['bytes', 'chunked', 'close', 'slow'];
  const downloads = clients.map((http, index) => {
    const size = 1_000_000 + index;
    http.request(Method.GET, `/${kinds[index % 4 ? index % 3 : 0]}/${size}`, []);
    return { http, size, received: 0 };
  });
  for (let open = downloads.length; open > 0; await turn()) {
    open = 0;
    for (const download of downloads) {
      download.http.poll();
      const chunk = download.http.readResponseBodyChunk();
      checkPattern(chunk, download.received);
      download.received += chunk.length;
      const status = download.http.getStatus();
      if (status === Status.REQUESTING || status === Status.BODY) open += 1;
    }
  }
  expect(downloads.map(({ received }) => received)).toEqual(downloads.map(({ size }) => size));
  const { threads } = await pool.stats();
  expect(threads.map(({ clients }) => clients)).toEqual([32, 32]);
});

describe('a client goes to the worker with the fewest connections', () => {
  test('closed ones and failed ones do not count', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 2 });
    const server = await servers.http();
    const connections = async () => {
      const { threads } = await pool.stats();
      return threads.map(({ connections }) => connections).sort();
    };
    const clients = [];
    for (let index = 0; index < 6; index++) clients.push(await connect(server, { pool }));
    expect(await connections()).toEqual([3, 3]);
    // Every second one was put on the same thread.
    for (const index of [0, 2, 4]) clients[index]?.close();
    await until(async () => (await pool.stats()).connections === 3);
    expect(await connections()).toEqual([0, 3]);
    for (let index = 0; index < 3; index++) clients.push(await connect(server, { pool }));
    expect(await connections()).toEqual([3, 3]);

    const refused = new HTTPClient({ pool });
    refused.connectToHost('127.0.0.1', await servers.refusedPort());
    await settled(refused);
    clients.push(await connect(server, { pool }), await connect(server, { pool }));
    expect(await connections()).toEqual([4, 4]);
  });

  test('a client that connects again moves when its thread has clearly more to do', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 2 });
    const server = await servers.http();
    const clients = [];
    for (let index = 0; index < 8; index++) clients.push(await connect(server, { pool }));
    for (const index of [1, 3, 5, 7]) clients[index]?.[Symbol.dispose]();
    const moved = clients[0];
    moved?.connectToHost(server.host, server.port);
    if (moved)
      expect((await settled(moved)) === Status.CONNECTED && (await get(moved, '/bytes/9')).code).toBe(200);
    // The thread that it has left may hear of that later than of the question.
    const connections = async () => (await pool.stats()).threads.map((thread) => thread.connections).sort();
    await until(async () => `${await connections()}` === '1,3');
  });
});

test('a client that was collected ends its connection', async ({ servers }) => {
  const server = await servers.http();
  await connect(server);
  const { gc } = globalThis;
  if (!gc) throw new Error('this test needs --expose-gc');
  await until(async () => {
    gc();
    return server.counts.closed === 1;
  });
});

test('a client whose connection is held is not collected', async ({ servers }) => {
  const server = await servers.http();
  const held = [(await connect(server)).connection];
  await connect(server);
  const { gc } = globalThis;
  if (!gc) throw new Error('this test needs --expose-gc');
  const collected = (count: number) =>
    until(async () => {
      gc();
      return server.counts.closed === count;
    });
  await collected(1);
  expect(held[0]?.getAvailableBytes()).toBe(0);
  held.pop();
  await collected(2);
});

test('stats() counts what the threads have done', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 1 });
  const server = await servers.http();
  const http = await connect(server, { pool });
  await get(http, '/bytes/1000');
  await get(http, '/bytes/1000');
  const open = await pool.stats();
  expect(open).toMatchObject({ clients: 1, connections: 1, requests: 2 });
  expect(open.bytesRead).toBeGreaterThan(2000);
  expect(open.bytesWritten).toBeGreaterThan(50);
  http[Symbol.dispose]();
  await until(async () => (await pool.stats()).clients === 0);
  expect(await pool.stats()).toMatchObject({ connections: 0, requests: 2, bytesRead: open.bytesRead });
});

test('clients of one thread do not wait for each other', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 1 });
  const server = await servers.http();
  const stuck = await connect(server, { pool });
  stuck.request(Method.GET, '/bytes/100000000', []);
  await pollUntil(stuck, 'a body', () => stuck.getStatus() === Status.BODY);
  const quick = await connect(server, { pool });
  expect((await get(quick, '/bytes/10')).body).toHaveLength(10);
  expect(stuck.getStatus()).toBe(Status.BODY);
});

/** Asks again with each turn of the event loop. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${PATIENCE} ms: ${condition}`);
    await turn();
  }
}
