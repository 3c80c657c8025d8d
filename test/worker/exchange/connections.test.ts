import {
  type HTTPRequestOptions,
  type HTTPResult,
  Method,
  Result,
  Status,
  TLSOptions,
  WorkerPool,
} from 'tickhttp';
import { describe, expect } from 'vitest';
import { turn } from '../../support/client.ts';
import { until } from '../../support/eventually.ts';
import { unlessHeldUp } from '../../support/held-up.ts';
import { answering, OK, targets, test, untilConnections } from '../../support/one-thread.ts';
import type { Script, Servers } from '../../support/servers.ts';
import { fetched, start } from '../../support/whole.ts';

describe('a connection is used again', () => {
  test('by requests in a row, whatever their answers', async ({ servers, pool }) => {
    const server = await servers.http();
    const options = { pool };
    for (const path of ['/bytes/10', '/status/204', '/status/304', '/bytes/0', '/chunked/5000', '/echo']) {
      for (const method of [Method.GET, Method.HEAD, Method.POST]) {
        const { result } = await fetched(server.url(path), { method, body: 'x', options });
        expect(result).toBe(Result.SUCCESS);
      }
    }
    expect(server.counts).toMatchObject({ connections: 1, requests: 18 });
  });

  test.for([
    ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', 2],
    ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 2],
    ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok', 1],
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!', 2],
    [OK, 1],
  ] as const)('as the answer says: %j, %i connections', async ([answer, count], { servers, pool }) => {
    const server = await servers.raw([...answering(answer), ...answering(answer), { hold: true }]);
    for (let round = 0; round < 2; round++) {
      const { result, body } = await fetched(server.url(), { options: { pool } });
      expect([result, String.fromCharCode(...body)]).toEqual([Result.SUCCESS, 'ok']);
    }
    expect(server.counts.connections).toBe(count);
  });

  test('where the request asks for its end, it ends', async ({ servers, pool }) => {
    const server = await servers.http();
    for (let round = 0; round < 2; round++) {
      await fetched(server.url('/bytes/1'), { headers: ['Connection: close'], options: { pool } });
    }
    expect(server.counts.connections).toBe(2);
  });
});

describe('connectionsPerOrigin', () => {
  const more = Array.from({ length: 8 }, () => answering()).flat();
  const held: Script = [{ expectHead: true }, { waitFor: 'go' }, { send: OK }, ...more];

  test('the rest wait in order; one that is cancelled leaves the queue', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });
    const server = await servers.raw(held);
    const all = ['/1', '/2', '/3', '/4', '/5'].map((path) => start(server.url(path), { options: { pool } }));
    server.blockUntil('the first request', ({ requests }) => requests === 1);
    expect(all.map((http) => http.getHttpClientStatus()).slice(1)).toEqual(Array(4).fill(Status.CONNECTING));
    all[2]?.cancelRequest();
    server.release('go');
    await Promise.all(all.map((http) => http.completed()));
    expect(await targets(server)).toEqual([['/1', '/2', '/4', '/5']]);
  });

  test('one that is cancelled while it has a connection gives way to the next', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });
    const server = await servers.raw([[{ expectHead: true }, { hold: true }], answering()]);
    const options = { pool };
    const first = start(server.url('/1'), { options });
    const second = start(server.url('/2'), { options });
    server.blockUntil('the first request', ({ requests }) => requests === 1);
    first.cancelRequest();
    expect((await second.completed()).result).toBe(Result.SUCCESS);
    expect(await targets(server)).toEqual([['/1'], ['/2']]);
  });

  test('each thread has its share, and at least one', async ({ servers }) => {
    for (const [connectionsPerOrigin, threads, most] of [
      [5, 2, 4],
      [1, 3, 3],
    ] as const) {
      await using pool = new WorkerPool({ threads, connectionsPerOrigin });
      const server = await servers.raw(held);
      const all = Array.from({ length: 2 * most }, () => start(server.url(), { options: { pool } }));
      server.blockUntil('as many as there may be', ({ requests }) => requests === most);
      server.release('go');
      await Promise.all(all.map((http) => http.completed()));
      expect(server.counts).toMatchObject({ connections: most, requests: 2 * most });
    }
  });

  test('counts what other settings have, and an idle one of theirs makes room', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 2 });
    const server = await servers.raw(held);
    const families: HTTPRequestOptions[] = [{ family: 4 }, { dnsLifetime: 0 }, { tcpKeepAlive: 0 }];
    const all = families.map((more) => start(server.url(), { options: { pool, ...more } }));
    server.blockUntil('two requests', ({ requests }) => requests === 2);
    expect((await pool.stats()).connections).toBe(2);
    server.release('go');
    for (const http of all) expect((await http.completed()).result).toBe(Result.SUCCESS);
    expect(server.counts).toMatchObject({ connections: 3, requests: 3 });
    expect((await pool.stats()).connections).toBeLessThanOrEqual(2);
  });

  /** The seconds that a request has waited, says its failure. */
  const waited = ({ failure }: HTTPResult): number =>
    Number(
      / For (\d+\.\d) s of that time it waited for a connection\. connectionsPerOrigin/.exec(
        failure?.message ?? '',
      )?.[1],
    );

  test('timeout runs while a request waits, and its message says how long', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });
    const server = await servers.http();
    const options = { pool };
    const since = performance.now();
    const first = start(server.url('/hang'), { options });
    const second = await fetched(server.url('/bytes/1'), { timeout: 0.3, options });
    expect([second.result, second.responseCode]).toEqual([Result.TIMEOUT, 0]);
    expect(second.failure).toMatchObject({ phase: 'connect', code: 'TIMEOUT', request: 'unsent' });
    expect(waited(second)).toBeGreaterThanOrEqual(0.3);
    expect(waited(second)).toBeLessThanOrEqual((performance.now() - since) / 1000 + 0.1);
    first.cancelRequest();
    await unlessHeldUp([() => pool.stats()], 25, async (factor) => {
      const { requests } = server.counts;
      const third = await fetched(server.url('/hang'), { timeout: 0.1 * factor, options });
      expect(third.failure).toMatchObject({ phase: 'response', code: 'TIMEOUT', request: 'unanswered' });
      expect(third.failure?.message).not.toContain('waited');
      server.blockUntil('the request', (counts) => counts.requests > requests);
      expect(server.counts.requests).toBe(requests + 1);
    });
  });

  test('time in the queue is told where the answer is late, too', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1 });
    const script: Script = [
      { expectHead: true },
      { waitFor: 'go' },
      { send: OK },
      { expectHead: true },
      { hold: true },
    ];
    await unlessHeldUp([() => pool.stats()], 150, async (factor) => {
      const server = await servers.raw(script);
      const first = start(server.url('/1'), { options: { pool } });
      const second = start(server.url('/2'), { timeout: factor, options: { pool } });
      server.blockUntil('the first request', ({ requests }) => requests === 1);
      await until(async () => (await pool.stats()).origins[server.url('')]?.waiting === 1);
      for (const since = performance.now(); performance.now() - since < 300; ) await turn();
      server.release('go');
      await first.completed();
      const told = await second.completed();
      expect(told.failure).toMatchObject({ phase: 'response', request: 'unanswered' });
      expect(waited(told)).toBeGreaterThanOrEqual(0.3);
      expect(waited(told)).toBeLessThan(factor);
    });
  });
});

describe('an idle connection', () => {
  /** A time before a request that takes little: its connection may be idle before this thread knows. */
  async function justBefore(servers: Servers, pool: WorkerPool): Promise<number> {
    const other = await servers.http();
    await fetched(other.url('/bytes/1'), { options: { pool } });
    return performance.now();
  }

  test('ends after keepAliveTimeout', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, keepAliveTimeout: 1000 });
    const server = await servers.http();
    const since = await justBefore(servers, pool);
    await fetched(server.url('/bytes/1'), { options: { pool } });
    await server.ended();
    expect(performance.now() - since).toBeGreaterThanOrEqual(999);
  });

  test('is none where keepAliveTimeout is 0, but who waits already gets it', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 1, keepAliveTimeout: 0 });
    const two: Script = [
      { expectHead: true },
      { waitFor: 'both' },
      { send: OK },
      ...answering(),
      { hold: true },
    ];
    const server = await servers.raw([[...answering(), { hold: true }], two]);
    const options = { pool };
    await fetched(server.url(), { options });
    await server.ended();
    const started = [start(server.url(), { options }), start(server.url(), { options })];
    await until(async () => (await pool.stats()).origins[server.url('')]?.waiting === 1);
    server.release('both');
    await Promise.all(started.map((http) => http.completed()));
    await server.ended(1);
    expect(server.counts).toMatchObject({ connections: 2, requests: 3 });
  });

  test.for([
    ['timeout=1', 0],
    ['max=10, timeout=2', 999],
    ['Timeout="0"', 0],
  ] as const)(
    'ends a second before the server’s own end: Keep-Alive: %s',
    async ([value, least], { servers }) => {
      await using pool = new WorkerPool({ threads: 1, keepAliveTimeout: 60_000 });
      const answer = OK.replace('\r\n', `\r\nKeep-Alive: ${value}\r\n`);
      const server = await servers.raw([...answering(answer), { hold: true }]);
      const since = await justBefore(servers, pool);
      await fetched(server.url(), { options: { pool } });
      await server.ended();
      expect(performance.now() - since).toBeGreaterThanOrEqual(least);
    },
  );

  test.for([
    ['bytes', { send: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfake' }],
    ['a FIN', { end: true }],
    ['a reset', { reset: true }],
  ] as const)('is ended by %s, and the next request works', async ([, step], { servers, pool }) => {
    const server = await servers.raw([
      [...answering(), { waitFor: 'idle' }, step, { hold: true }],
      [...answering(), { hold: true }],
    ]);
    const options = { pool };
    await fetched(server.url(), { options });
    server.release('idle');
    await untilConnections(pool, 0);
    const next = await fetched(server.url(), { method: Method.POST, body: 'x', options });
    expect([next.result, String.fromCharCode(...next.body)]).toEqual([Result.SUCCESS, 'ok']);
    expect(server.counts.connections).toBe(2);
  });
});

describe('who shares a connection', () => {
  test('settings of equal content, not others', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 20 });
    const { cert } = await servers.authority();
    const server = await servers.https();
    const trusting = () => TLSOptions.client(cert);
    /** Each twice. The objects are never the same. */
    const ways: (() => HTTPRequestOptions)[] = [
      () => ({ tls: trusting() }),
      () => ({ tls: TLSOptions.client(cert, '', { serverName: 'localhost' }) }),
      () => ({ tls: TLSOptions.clientUnsafe() }),
      () => ({ tls: trusting(), family: 4 }),
      () => ({ tls: trusting(), localAddress: '127.0.0.1' }),
      () => ({ tls: trusting(), proxyCredentials: { username: 'a', password: 'b' } }),
      () => ({ tls: trusting(), proxyCredentials: { username: 'a', password: 'c' } }),
    ];
    for (const way of ways) {
      const before = server.counts.connections;
      for (let round = 0; round < 2; round++) {
        const { result } = await fetched(server.url('/bytes/1'), { options: { pool, ...way() } });
        expect(result).toBe(Result.SUCCESS);
      }
      expect(server.counts.connections - before, String(way)).toBe(1);
    }
    // What decides nothing about the connection does not part them.
    const before = server.counts.connections;
    const about = { timeouts: { request: 5000 }, sensitiveHeaders: ['X'], followRedirects: false };
    await fetched(server.url('/bytes/1'), { options: { pool, tls: trusting(), ...about } });
    expect(server.counts.connections - before).toBe(0);
  });

  test('proxies of one address and login, not others', async ({ servers }) => {
    await using pool = new WorkerPool({ threads: 1, connectionsPerOrigin: 20 });
    const server = await servers.http();
    const proxies = [await servers.proxy(), await servers.proxy()];
    const hosts = ['127.0.0.1', 'http://a:b@127.0.0.1', 'http://a:c@127.0.0.1'];
    for (const { port } of proxies) {
      for (const host of hosts) {
        const asked = { httpProxy: [host, port] as const, options: { pool } };
        for (let round = 0; round < 2; round++)
          expect((await fetched(server.url('/bytes/1'), asked)).result).toBe(Result.SUCCESS);
      }
    }
    expect(proxies.map(({ counts }) => counts.connections)).toEqual([3, 3]);
    expect((await fetched(server.url('/bytes/1'), { options: { pool } })).result).toBe(Result.SUCCESS);
  });

  test.for([
    'Authorization: NTLM TlRMTVNTUAABAAAA',
    'authorization:\tnegotiate YII=',
    'Proxy-Authorization: Negotiate YII=',
  ])('nobody, where it was logged in: %s', async (header, { servers, pool }) => {
    const server = await servers.http();
    const options = { pool };
    await fetched(server.url('/bytes/1'), { options });
    expect((await fetched(server.url('/bytes/1'), { headers: [header], options })).result).toBe(0);
    await server.ended();
    await fetched(server.url('/bytes/1'), { options });
    expect(server.counts).toMatchObject({ connections: 2, requests: 3 });
  });
});
