import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTPClient, Status, WorkerPool } from 'tickhttp';
import { describe, expect, onTestFinished } from 'vitest';
import { connect } from '../../support/client.ts';
import { test } from '../../support/servers.ts';

/** One that goes when the test ends. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tickhttp-ready-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file of the worker that does something else first. */
function workerAfter(code: string): string {
  const file = join(folder(), 'worker.cjs');
  writeFileSync(file, `${code}\n${readFileSync(WORKER, 'utf8')}`);
  return file;
}

const sleep = (milliseconds: number | string): string =>
  `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${milliseconds})`;

const WORKER = new URL('../../../dist/worker/index.cjs', import.meta.url);

// The order counts: a default pool is for good, unless it is closed.
describe.sequential('WorkerPool.default', () => {
  const own = new WorkerPool({ threads: 1 });
  /** Whose clients are counted: one that nobody holds may be collected at any moment. */
  const held: HTTPClient[] = [];

  test('what is no pool can not be it', () => {
    for (const value of [null, {}, new HTTPClient()])
      expect(() => Reflect.set(WorkerPool, 'default', value)).toThrow(/^pool must be a WorkerPool, not /);
  });

  test('is the one that was set, and clients use it', async ({ servers }) => {
    WorkerPool.default = own;
    expect(WorkerPool.default).toBe(own);
    held.push(await connect(await servers.http()));
    expect(await own.stats()).toMatchObject({ clients: 1 });
  });

  test('is not set again while it lives', () => {
    const other = new WorkerPool({ threads: 1 });
    WorkerPool.default = own;
    expect(() => {
      WorkerPool.default = other;
    }).toThrow('there is a default WorkerPool already: set yours before the first client, or close that one');
    expect(WorkerPool.default).toBe(own);
    return other.close();
  });

  test('another copy of the package has the same, with a class of its own', async ({ servers }) => {
    const url = new URL('../../../dist/main/index.js?copy', import.meta.url);
    const copy: typeof import('tickhttp') = await import(url.href);
    const theirs = copy.WorkerPool.default;
    expect(theirs).toBeInstanceOf(copy.WorkerPool);
    expect(copy.WorkerPool.default).toBe(theirs);
    const { clients } = await own.stats();
    held.push(await connect(await servers.http(), { pool: theirs }));
    expect((await own.stats()).clients).toBe(clients + 1);
    const inline: typeof import('tickhttp') = await import('tickhttp/inline');
    expect((await inline.WorkerPool.default.stats()).clients).toBe(clients + 1);
  });

  test('another follows when it is closed, for all copies', async ({ servers }) => {
    await own.close();
    expect(WorkerPool.default).toBe(own);
    await expect(own.ready()).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    const next = new WorkerPool({ threads: 1 });
    WorkerPool.default = next;
    held.push(await connect(await servers.http()));
    expect(await next.stats()).toMatchObject({ clients: 1 });
    const url = new URL('../../../dist/main/index.js?copy', import.meta.url);
    const copy: typeof import('tickhttp') = await import(url.href);
    expect(await copy.WorkerPool.default.stats()).toMatchObject({ clients: 1 });
    await next.close();
    expect(held.splice(0)).toHaveLength(3);
  });
});

describe('WorkerPool.ready()', () => {
  test('when it has settled a client connects in one poll of a blocked thread', async ({ servers }) => {
    const server = await servers.http();
    await using pool = new WorkerPool({ threads: 2 });
    await Promise.all([pool.ready(), pool.ready()]);
    const http = new HTTPClient({ pool });
    http.blockingModeEnabled = true;
    http.connectToHost(server.host, server.port);
    http.poll();
    expect(http.getStatus()).toBe(Status.CONNECTED);
    expect((await pool.stats()).threads).toHaveLength(2);
  });

  test('rejects where there is no worker, and says why', async () => {
    await using pool = new WorkerPool({ threads: 2, workerUrl: '/nowhere/worker.cjs' });
    await expect(pool.ready()).rejects.toMatchObject({
      code: 'WORKER_NOT_STARTED',
      message: expect.stringMatching(/no worker thread .*worker\.cjs is missing.*docs\/bundlers\.md/),
    });
  });

  test('rejects where the worker does not run, and says why', async () => {
    await using pool = new WorkerPool({
      threads: 2,
      workerUrl: workerAfter(`throw new Error('out of luck');`),
    });
    await expect(pool.ready()).rejects.toMatchObject({
      code: 'WORKER_NOT_STARTED',
      message: expect.stringMatching(/no worker thread .*: out of luck/),
    });
  });

  test('all threads have loaded the worker when it settles', async () => {
    const loaded = join(folder(), 'loaded');
    const file = workerAfter(`
      ${sleep("200 * (require('node:worker_threads').threadId % 2)")};
      require('node:fs').appendFileSync(${JSON.stringify(loaded)}, 'x');
    `);
    await using pool = new WorkerPool({ threads: 2, workerUrl: file });
    await pool.ready();
    expect(readFileSync(loaded, 'utf8')).toBe('xx');
  });

  test('one thread that hangs is waited for, and is no failure where another runs', async () => {
    const taken = JSON.stringify(join(folder(), 'taken'));
    const file = workerAfter(`try { require('node:fs').mkdirSync(${taken}); ${sleep(60_000)}; } catch {}`);
    await using pool = new WorkerPool({ threads: 2, workerUrl: file });
    await expect(pool.ready()).resolves.toBeUndefined();
  });

  test('rejects of a pool that is closed, or closes', async () => {
    const pool = new WorkerPool({ threads: 1 });
    await pool.ready();
    const closed = pool.close();
    await expect(pool.ready()).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    await closed;
    await expect(pool.ready()).rejects.toMatchObject({ code: 'POOL_CLOSED' });
  });

  test('rejects when the pool is closed meanwhile', async () => {
    const pool = new WorkerPool({ threads: 1 });
    const ready = pool.ready();
    const closed = pool.close();
    await expect(ready).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    await closed;
  });
});

test('in Node memory is shared', () => {
  const { mode, modeReason } = new WorkerPool({ threads: 1 });
  expect([mode, modeReason]).toEqual(['shared', 'Node shares memory between threads']);
});
