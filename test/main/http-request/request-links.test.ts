import { expect, onTestFinished, test } from 'vitest';
import { adjustmentsOf } from '../../../src/main/http-request/adjustable-request.ts';
import { busyFiles } from '../../../src/main/http-request/busy-files.ts';
import { HTTPRequest } from '../../../src/main/http-request/http-request.ts';
import type { Orderer, Placed } from '../../../src/main/http-request/request-link.ts';
import { RequestLinks } from '../../../src/main/http-request/request-links.ts';
import { Death } from '../../../src/shared/log/layout.ts';
import type { OrderText } from '../../../src/shared/messages.ts';

const FILE = { path: '/somewhere/file', chunkSize: 65_536, keepPartial: false, append: false };
const TEXT: OrderText = {
  url: 'http://127.0.0.1/',
  method: 'GET',
  headers: [],
  body: [],
  timeout: 0,
  bodySizeLimit: 1000,
  maxRedirects: 8,
  file: FILE,
  acceptGzip: true,
};
const NOBODY: Orderer = { onCompletion: () => {}, onLoss: () => {} };

/** Two threads that never answer. */
function twoThreads() {
  const usable = new Set([1, 2]);
  const dead = new Set<number>();
  const links: RequestLinks = new RequestLinks(
    {
      mode: 'shared' as const,
      uploads: { lendTo: () => {}, drain: () => {} },
      usableThreads: () => usable,
      deliver: () => {},
      hasStarted: () => true,
      ended: (threadId) => dead.has(threadId),
      lose: (threadId, death) => {
        usable.delete(threadId);
        links.bury(threadId, death, '');
      },
      unresponsiveAfter: 10_000,
    },
    2,
    { connectionsPerOrigin: 6, keepAliveTimeout: 4000 },
  );
  onTestFinished(() => {
    for (const threadId of links.threadIds) links.bury(threadId, Death.EXITED, '');
    expect(busyFiles.size).toBe(0);
  });
  const order = (): Placed => {
    const settings = adjustmentsOf(new HTTPRequest()).settings();
    if ('phase' in settings) throw new Error(settings.message);
    const placed = links.order('http://127.0.0.1', TEXT, settings, NOBODY);
    if ('phase' in placed) throw new Error(placed.message);
    return placed;
  };
  return { links, dead, order };
}

test('the next request for a file goes to the thread that still has it, unless that is dead', () => {
  const { dead, order } = twoThreads();
  const first = order();
  expect(order).toThrow('Another request downloads into /somewhere/file');
  first.link.cancel(first);
  const next = order();
  expect(next.link).toBe(first.link);
  next.link.cancel(next);
  dead.add(first.link.threadId);
  expect(order().link.threadId).not.toBe(first.link.threadId);
});

test('a dead thread is found that has nothing but a cancelled request', () => {
  const { links, dead, order } = twoThreads();
  const { link, ...placed } = order();
  link.cancel({ link, ...placed });
  dead.add(link.threadId);
  links.look();
  expect(links.threadIds).not.toContain(link.threadId);
});
