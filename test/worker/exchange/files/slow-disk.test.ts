import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import type { Files, FoundPart, PartFile, PartRecord } from '../../../../src/worker/exchange/files/files.ts';
import type { Found } from '../../../../src/worker/exchange/files/resume.ts';
import { NodeFiles } from '../../../../src/worker/node/files/node-files.ts';
import { turn } from '../../../support/client.ts';
import { eventually, until } from '../../../support/eventually.ts';
import { unlessHeldUp } from '../../../support/held-up.ts';
import { test as base, type Download, Downloader, type Started } from './downloader.ts';

/** Real files on a disk that takes a write only when it is let. */
class SlowDisk implements Files {
  readonly #files = new NodeFiles();
  #stuck: Promise<void> = Promise.resolve();
  #let: () => void = () => {};
  writes = 0;

  stop(): void {
    this.#stuck = new Promise((resolve) => {
      this.#let = resolve;
    });
  }

  go(): void {
    this.#let();
  }

  async begin(path: string, record: PartRecord | null): Promise<PartFile> {
    const part = await this.#files.begin(path, record);
    return {
      write: async (bytes) => {
        this.writes += 1;
        await this.#stuck;
        await part.write(bytes);
      },
      finish: () => part.finish(),
      close: (keep) => part.close(keep),
      endNow: (keep) => part.endNow(keep),
    };
  }

  find(path: string, url: string): Promise<FoundPart | null> {
    return this.#files.find(path, url);
  }

  resume(path: string, found: Found): Promise<PartFile> {
    return this.#files.resume(path, found);
  }

  forget(path: string): Promise<void> {
    return this.#files.forget(path);
  }
}

const test = base.extend<{ disk: SlowDisk; slow: Downloader }>({
  disk: async ({ task: _task }, use) => use(new SlowDisk()),
  slow: async ({ disk }, use) => {
    const downloader = new Downloader({ files: disk });
    await use(downloader);
    disk.go();
    downloader.close();
  },
});

/** Bytes that have been read of the one connection there is. */
const bytesRead = ({ session }: Downloader): number => session.exchanges.connections[0]?.bytesRead ?? 0;

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await turn();
}

/** There is more to be read, and turns of the event loop go by in which nothing of it is. */
async function untilItStands(downloader: Downloader, sent: () => number): Promise<number> {
  await until(async () => {
    const before = bytesRead(downloader);
    if (before === 0 || sent() <= before) return false;
    await turns(50);
    return bytesRead(downloader) === before;
  });
  return bytesRead(downloader);
}

const CONNECTIONS = 6;

const startMany = (downloader: Downloader, url: string, download: Download): Started[] =>
  Array.from({ length: 200 }, (_none, index) =>
    downloader.start(url, { ...download, path: `${downloader.path}${index}` }),
  );

/** No connection is busy, and yet requests wait for one. */
function areHeld({ session }: Downloader): boolean {
  const stats = session.exchanges.stats().map(([, origin]) => origin);
  return stats.some(({ waiting }) => waiting > 0) && stats.every(({ busy }) => busy === 0);
}

describe('while a disk is slow', () => {
  test('the socket is held back, and its time limit stands still', async ({ servers }) => {
    const server = await servers.http();
    await unlessHeldUp([() => server.connections()], 75, async (factor) => {
      const disk = new SlowDisk();
      const time = 300 * factor;
      await using slow = new Downloader({ files: disk, options: { timeouts: { body: time } } });
      disk.stop();
      const before = server.counts.sent;
      const download = slow.start(server.url('/bytes/30000000'));
      const held = await untilItStands(slow, () => server.counts.sent - before);
      expect(held).toBeGreaterThan(65_536);
      expect(held).toBeLessThan(3_000_000);
      // The time limit is about the server.
      await sleep(1.5 * time);
      expect(bytesRead(slow)).toBe(held);
      disk.go();
      const { result, failure } = await download.completed;
      expect([result, failure]).toEqual([Result.SUCCESS, null]);
      expect(slow.sizeOf('file')).toBe(30_000_000);
    });
  });

  test('memory stays flat', { timeout: 60_000 }, async ({ servers, slow }) => {
    const server = await servers.http();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const sample = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 10);
    const { result } = await slow.fetch(server.url('/bytes/300000000'));
    clearInterval(sample);
    expect([result, slow.sizeOf('file')]).toEqual([Result.SUCCESS, 300_000_000]);
    expect(most).toBeLessThan(16 * 2 ** 20);
  });

  test('a download that fails is told in bounded time, and the next one waits', async ({ servers }) => {
    await unlessHeldUp([], 100, async (factor) => {
      const server = await servers.http();
      const disk = new SlowDisk();
      await using slow = new Downloader({ files: disk });
      disk.stop();
      const since = performance.now();
      const download = slow.start(server.url('/bytes/1000000'), { timeout: 500 * factor });
      const { result, holdsFile } = await download.completed;
      expect([result, holdsFile, disk.writes]).toEqual([Result.TIMEOUT, true, 1]);
      expect(performance.now() - since).toBeLessThan(5000 * factor);
      const next = slow.start(server.url('/bytes/5'));
      await turns(20);
      expect([disk.writes, server.counts.requests, download.told.length]).toEqual([1, 1, 1]);
      disk.go();
      expect((await next.completed).result).toBe(Result.SUCCESS);
      expect(download.told.map((told) => told.holdsFile)).toEqual([true, false]);
      expect(slow.names).toEqual(['file']);
    });
  });

  test('a cancelled download is over when it has let go of its file, and the next one waits', async ({
    servers,
    slow,
    disk,
  }) => {
    const server = await servers.http();
    disk.stop();
    const download = slow.start(server.url('/bytes/1000000'));
    await eventually(() => expect(disk.writes).toBe(1));
    download.cancel();
    const next = slow.start(server.url('/bytes/5'));
    await turns(20);
    expect([disk.writes, server.counts.requests, download.told]).toEqual([1, 1, []]);
    disk.go();
    expect((await download.completed).result).toBe(Result.REQUEST_FAILED);
    disk.go();
    expect((await next.completed).result).toBe(Result.SUCCESS);
    expect(slow.names).toEqual(['file']);
  });

  test.for([
    ['16 MiB', 400_000, 42],
    ['64', 1000, 64],
  ] as const)(
    'of those whose answers are complete %s wait for it',
    async ([, size, most], { servers, slow, disk }) => {
      const server = await servers.http();
      disk.stop();
      const all = startMany(slow, server.url(`/bytes/${size}`), { keepPartial: false });
      await eventually(() => expect(areHeld(slow)).toBe(true));
      expect(server.counts.requests).toBeGreaterThanOrEqual(most);
      expect(server.counts.requests).toBeLessThan(most + CONNECTIONS);
      const other = { path: `${slow.path}-other`, timeout: 500 };
      const { result, failure } = await slow.fetch((await servers.http()).url('/bytes/5'), other);
      expect([result, failure?.request]).toEqual([Result.TIMEOUT, 'unsent']);
      expect(failure?.message).toContain('New downloads have to wait until the disk has written others.');
      disk.go();
      for (const { completed } of all) expect((await completed).result).toBe(Result.SUCCESS);
    },
  );

  test('nor of those that were cancelled and keep their parts', async ({ servers, slow, disk }) => {
    const server = await servers.http();
    disk.stop();
    const all = startMany(slow, server.url('/bytes/1000000'), { keepPartial: true });
    for (const [index, download] of all.entries()) {
      await eventually(() => expect(disk.writes > index || areHeld(slow)).toBe(true));
      if (areHeld(slow)) break;
      download.cancel();
    }
    expect(server.counts.requests).toBeLessThanOrEqual(64 + CONNECTIONS);
    expect(areHeld(slow)).toBe(true);
    disk.go();
    await eventually(() => expect(areHeld(slow)).toBe(false));
  });

  test('and they keep no other request from a connection', async ({ servers, slow, disk }) => {
    const server = await servers.http();
    disk.stop();
    startMany(slow, server.url('/bytes/400000'), { keepPartial: false });
    await eventually(() => expect(areHeld(slow)).toBe(true));
    expect((await slow.inMemory(server.url('/bytes/5'))).result).toBe(Result.SUCCESS);
  });

  test('the session ends at once, and deletes the part', async ({ servers, slow, disk }) => {
    const server = await servers.http();
    disk.stop();
    slow.start(server.url('/bytes/1000000'));
    await eventually(() => expect(disk.writes).toBe(1));
    slow.session.end();
    expect(slow.names).toEqual([]);
  });
});
