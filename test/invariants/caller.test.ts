import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HTTPRequest, Status, tick } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect, get, pollUntil } from '../support/client.ts';
import { tickUntil } from '../support/requests.ts';
import { runScript } from '../support/run-script.ts';
import { type Servers, test } from '../support/servers.ts';

const EXCHANGES = fileURLToPath(new URL('./scripts/exchanges.mjs', import.meta.url));
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

describe("1. The caller's thread makes no socket call and starts no DNS look-up", () => {
  test('as Node sees it: no handle and no request of the network is made on it', async ({ servers }) => {
    const run = await runScript(EXCHANGES, { args: await targets(servers) });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual({ bodies: 20, network: [] });
  });

  test.skipIf(!canTrace)(
    'as the kernel sees it (skipped where strace is missing or forbidden)',
    { timeout: 90_000 },
    async ({ servers }) => {
      const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
      try {
        const calls = trace(join(folder, 'calls'), await targets(servers));
        // The worker's calls show that the tracing works.
        expect(calls.filter(({ thread }) => thread === 'worker').length).toBeGreaterThan(10);
        expect(calls.filter(({ thread }) => thread === 'caller')).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

interface SystemCall {
  readonly thread: 'caller' | 'worker';
  readonly call: string;
}

const SOCKET_CALL =
  /^(?:socket|connect|bind|shutdown|get(?:sock|peer)name|[gs]etsockopt)\(|<(?:TCP|UDP|socket)/;
/** Node's pipes to a child are sockets. */
const STANDARD_STREAM = /^\w+\([012]<UNIX-STREAM/;

/** The system calls on sockets of one run of `exchanges.mjs`, by the thread that made them. */
function trace(file: string, args: readonly string[]): SystemCall[] {
  const traced = ['-f', '-qq', '-yy', '-e', 'trace=%network,read,readv,write,writev,sendfile', '-o', file];
  const run = spawnSync('strace', [...traced, process.execPath, EXCHANGES, ...args], { timeout: 60_000 });
  expect(run.status, run.stderr.toString()).toBe(0);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  // The first line is execve's process: its thread id is that of Node's main thread.
  const main = lines[0]?.split(' ', 1)[0];
  return lines.flatMap((line) => {
    const [id, ...rest] = line.trim().split(/ +/);
    const call = rest.join(' ');
    const isSocket = SOCKET_CALL.test(call) && !STANDARD_STREAM.test(call);
    return isSocket ? [{ thread: id === main ? ('caller' as const) : ('worker' as const), call }] : [];
  });
}

async function targets(servers: Servers): Promise<string[]> {
  const plain = await servers.http({ host: 'localhost' });
  const secure = await servers.https({ host: 'localhost' });
  const { cert } = await servers.authority();
  return [String(plain.port), String(secure.port), cert];
}

describe('2. poll() and tick() never wait outside blocking mode, allocate nothing when nothing happened, and their cost does not grow with what the server sends', () => {
  test('no poll and no tick of a whole request sleeps', async ({ servers }) => {
    const server = await servers.http();
    await withoutSleep(async () => {
      const all = Array.from({ length: 10 }, () => new HTTPRequest());
      let bytes = 0;
      for (const http of all) {
        http.requestCompleted.connect((_result, _code, _headers, body) => {
          bytes += body.length;
        });
        http.request(server.url('/bytes/300000'));
        http.poll();
      }
      await tickUntil(() => bytes === 3_000_000);
    });
  });

  test('a thousand whole requests that are idle, or wait, cost a tick nothing to speak of', {
    timeout: 150_000,
  }, async ({ servers }) => {
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/idle-ticks.mjs', {
      args: [String(server.port)],
      nodeArgs: ['--expose-gc'],
      deadline: 140_000,
    });
    expect(run.stderr).toBe('');
    const perTick: Record<string, { bytes: number; nanoseconds: number }> = JSON.parse(run.stdout);
    expect(Object.keys(perTick)).toEqual([
      'nothing',
      'idle',
      'waiting',
      'listening',
      'watching',
      'cancelled',
    ]);
    // One tick in 64 looks at the clock, and its time is 16 bytes.
    for (const { bytes } of Object.values(perTick)) expect(bytes).toBeLessThan(0.3);
    expect(perTick.idle?.nanoseconds).toBeLessThan(1000);
    expect(perTick.waiting?.nanoseconds).toBeLessThan(20_000);
  });

  test('a tick costs the same whether a body brings one byte or many', async ({ servers }) => {
    const few = await servers.raw([
      { expectHead: true },
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1' },
      { hold: true },
    ]);
    const many = await servers.http();
    const counts: unknown[] = [];
    for (const url of [few.url('/'), many.url('/chunked/500000000?chunk=100')]) {
      const http = new HTTPRequest();
      http.progress.connect(() => {});
      http.request(url);
      await tickUntil(() => http.getDownloadedBytes() > 0);
      // A tick that has news, or looks at the heartbeat, loads a few words more.
      const each = Array.from({ length: 20 }, () => countAtomics(tick).load);
      expect(Math.max(...each)).toBeLessThan(20);
      counts.push(Math.min(...each));
      http.cancelRequest();
      tick();
    }
    expect(counts[0]).toBe(counts[1]);
  });

  test('no poll and no read sleeps, whatever the status', async ({ servers }) => {
    const server = await servers.http();
    await withoutSleep(async () => {
      const http = await connect(server);
      expect((await get(http, '/bytes/3000000')).body).toHaveLength(3_000_000);
      http.borrowResponseBodyChunk();
      http.readResponseBodyInto(new Uint8Array(10));
    });
  });

  test('an idle poll is two atomic loads and no store; now and then one looks at the heartbeat too', async ({
    servers,
  }) => {
    const http = await connect(await servers.http());
    await get(http, '/bytes/10');
    http.poll();
    const counts = countAtomics(() => {
      for (let poll = 0; poll < 10_000; poll++) http.poll();
    });
    expect(counts.store).toBe(0);
    expect(counts.load - 20_000).toBeGreaterThanOrEqual(Math.floor(10_000 / 1024));
    expect(counts.load - 20_000).toBeLessThanOrEqual(Math.ceil(10_000 / 64));
  });

  test('a poll in BODY costs the same with one unread byte as with a full ring', async ({ servers }) => {
    const server = await servers.http();
    const few = await connect(server);
    const many = await connect(server);
    few.request(0, '/slow/1', []);
    many.request(0, '/chunked/50000000?chunk=100', []);
    await pollUntil(few, 'BODY', () => few.getStatus() === Status.BODY);
    await pollUntil(many, 'BODY', () => many.getStatus() === Status.BODY);
    // The ring is full when the server can't get rid of any more.
    server.blockUntil('a full ring', ({ sent }) => sent > 2 ** 22);
    const polls = () => [few, many].map((http) => countAtomics(() => http.poll()));
    const none = { load: 0, store: 0 };
    // The one byte follows its head.
    await pollUntil(few, 'its byte', () => polls()[0]?.load === 0);
    expect(polls()).toEqual([none, none]);
  });

  test('a million idle polls allocate nothing', async ({ servers }) => {
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/idle-polls.mjs', {
      args: [String(server.port)],
      nodeArgs: ['--expose-gc'],
    });
    const perPoll: Record<string, number> = JSON.parse(run.stdout);
    expect(Object.keys(perPoll)).toEqual(['disconnected', 'connected', 'waiting', 'body']);
    for (const bytes of Object.values(perPoll)) expect(bytes).toBeLessThan(0.25);
  });
});

/** `act`, in which a sleep throws. */
async function withoutSleep(act: () => Promise<void>): Promise<void> {
  const wait = Atomics.wait;
  Atomics.wait = () => {
    throw new Error('the caller slept');
  };
  try {
    await act();
  } finally {
    Atomics.wait = wait;
  }
}

/** How many atomic loads and stores `act` makes. */
function countAtomics(act: () => void): { load: number; store: number } {
  const { load, store } = Atomics;
  const counts = { load: 0, store: 0 };
  Atomics.load = ((array: Int32Array, index: number) => {
    counts.load += 1;
    return load(array, index);
  }) as typeof load;
  Atomics.store = ((array: Int32Array, index: number, value: number) => {
    counts.store += 1;
    return store(array, index, value);
  }) as typeof store;
  try {
    act();
  } finally {
    Object.assign(Atomics, { load, store });
  }
  return counts;
}
