import type { HTTPClient, Status } from 'tickhttp';
import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

/**
 * Milliseconds. The pools of these tests give a worker up after three seconds without a heartbeat: a busy machine may
 * let one worker wait for a second or two. Other pools do so after ten, and a worker that starts has fifteen.
 */
const SOON = 9000;

/** Such a worker can say that it ends. Why, its client may learn too late: that is another message. */
const LOUD = { code: 'WORKER_EXITED' };
/** Only the heartbeat shows this. */
const SILENT = { code: 'WORKER_UNRESPONSIVE' };

const DEEDS = [
  ['throw', LOUD],
  ['reject', LOUD],
  ['close', SILENT],
  ['hang', SILENT],
] as const;

describe.each(MODES)('a worker is lost, %s', (mode) => {
  test.for(DEEDS)('%s: HTTPClient', async ([deed, failure], { open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async (deed) => {
      const { Method, Status, WorkerPool } = tickhttp;
      const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 3000, workerUrl: '/sabotage' });
      const reached = (http: HTTPClient, status: Status) =>
        pollUntil(http, () => {
          if (http.getStatus() === Status.BODY) http.readResponseBodyChunk();
          return http.getStatus() === status;
        });
      const client = async (path: string, status: Status): Promise<HTTPClient> => {
        const http = await connected({ pool });
        http.request(Method.GET, path, []);
        await reached(http, status);
        return http;
      };
      const clients = [
        await client('/bytes/5', Status.CONNECTED),
        await client('/hang', Status.REQUESTING),
        await client('/begin', Status.BODY),
        await client('/bytes/5', Status.CONNECTED),
      ];
      const late = clients[3];
      // A client is REQUESTING before its worker has heard of it.
      while ((await pool.stats()).requests < clients.length);
      const begin = performance.now();
      new BroadcastChannel('deeds').postMessage(deed);
      const ends = [];
      for (const http of clients) {
        if (http === late) http.request(Method.GET, '/bytes/5', []);
        await reached(http, Status.CONNECTION_ERROR);
        ends.push(http.getLastError());
      }
      const milliseconds = performance.now() - begin;
      const again = [];
      for (const http of clients) {
        http.connectToHost('127.0.0.1', Number(location.port));
        await pollUntil(http, () => http.getStatus() === Status.CONNECTED);
        again.push((await exchange(http, '/bytes/5')).length);
      }
      await pool.close();
      return { ends, milliseconds, again };
    }, deed);
    const lost = (request: string | null) =>
      expect.objectContaining({ phase: 'worker', request, ...failure });
    expect(seen.ends).toEqual([null, 'unanswered', 'answered', 'unsent'].map(lost));
    expect(seen.again).toEqual([5, 5, 5, 5]);
    expect(seen.milliseconds).toBeLessThan(SOON);
  });

  describe.each(['tick()', 'completed()'])('HTTPRequest, %s', (way) => {
    test.for([...DEEDS, ['pool.close()', { code: 'POOL_CLOSED' }]] as const)(
      '%s',
      async ([deed, failure], { open }) => {
        const { page } = await open(mode);
        const seen = await page.evaluate(lostRequests, { deed, way });
        const lost = (request: string) => ({
          result: 'CONNECTION_ERROR',
          failure: expect.objectContaining({ phase: 'worker', request, ...failure }),
        });
        expect(seen.ends).toEqual([lost('unanswered'), lost('answered')]);
        expect(seen.told).toEqual(way === 'tick()' ? seen.results : []);
        expect(seen.again).toBe(deed === 'pool.close()' ? null : 5);
        expect(seen.milliseconds).toBeLessThan(SOON);
      },
    );
  });

  test.for(['close', 'hang'] as const)(
    '%s, and nobody was there: found by who comes next',
    async (deed, { open }) => {
      const { page } = await open(mode);
      const seen = await page.evaluate(async (deed) => {
        const { Status, WorkerPool } = tickhttp;
        const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 3000, workerUrl: '/sabotage' });
        const http = await connected({ pool });
        http.close();
        await sabotage(deed);
        const url = `${location.origin}/bytes/5`;
        http.connectToHost('127.0.0.1', Number(location.port));
        const request = whole(url, { options: { pool } });
        await pollUntil(http, () => http.getStatus() === Status.CONNECTION_ERROR);
        const codes = [http.getLastError()?.code, (await request).failure?.code];
        const again = (await whole(url, { options: { pool } })).length;
        await pool.close();
        return { codes, again };
      }, deed);
      expect(seen).toEqual({ codes: ['WORKER_UNRESPONSIVE', 'WORKER_UNRESPONSIVE'], again: 5 });
    },
  );

  test('pool.close() settles while a worker hangs, and its clients learn of it', async ({ open }) => {
    const { page } = await open(mode);
    const seen = await page.evaluate(async () => {
      const { Status, WorkerPool } = tickhttp;
      const pool = new WorkerPool({ threads: 2, workerUrl: '/sabotage' });
      const http = await connected({ pool });
      const request = whole(`${location.origin}/hang`, { options: { pool } });
      await pool.ready();
      await sabotage('hang', 2);
      const begin = performance.now();
      await pool.close();
      await pollUntil(http, () => http.getStatus() === Status.CONNECTION_ERROR);
      const codes = [http.getLastError()?.code, (await request).failure?.code];
      return { codes, milliseconds: performance.now() - begin };
    });
    expect(seen.codes).toEqual(['POOL_CLOSED', 'POOL_CLOSED']);
    expect(seen.milliseconds).toBeLessThan(SOON);
  });
});

test.for([
  ['throw', 'WORKER_EXITED'],
  ['close', 'WORKER_UNRESPONSIVE'],
  ['hang', 'WORKER_UNRESPONSIVE'],
] as const)(
  'a caller that sleeps learns of it, and connects again after ready(): %s',
  async ([deed, code], { open }) => {
    const { page } = await open('shared');
    const seen = await page.evaluate(
      async ([deed, program]) => {
        const text = program.replaceAll('ORIGIN', location.origin).replace('DEED', deed);
        const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
        const worker = new Worker(url, { type: 'module' });
        return await new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          // An error of tickhttp's worker is none of this one.
          worker.onerror = (event) => reject(new Error(event.message));
        });
      },
      [deed, BLOCKING] as const,
    );
    expect(seen).toEqual([code, 'answered', 5]);
  },
);

/** A worker of the page, which does not turn its event loop while it reads. */
const BLOCKING = `
await import('ORIGIN/helpers');
const { HTTPClient, Method, Status, WorkerPool } = tickhttp;
const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 3000, workerUrl: 'ORIGIN/sabotage' });
const http = new HTTPClient({ pool, timeouts: { blocking: 500 } });
const read = (path) => {
  http.blockingModeEnabled = true;
  http.connectToHost('127.0.0.1', Number(new URL(location.origin).port));
  while (http.getStatus() === Status.CONNECTING || http.getStatus() === Status.RESOLVING) http.poll();
  http.request(Method.GET, path, []);
  while (http.getStatus() === Status.REQUESTING) http.poll();
  let length = 0;
  let told = path !== '/begin';
  while (http.getStatus() === Status.BODY) {
    length += http.readResponseBodyChunk().length;
    if (!told) new BroadcastChannel('deeds').postMessage('DEED');
    told = true;
  }
  return length;
};
await pool.ready();
read('/begin');
const { code, request } = http.getLastError();
await pool.ready();
postMessage([code, request, read('/bytes/5')]);
`;

/** Runs in the page. */
async function lostRequests({ deed, way }: { deed: string; way: string }) {
  const { HTTPRequest, Status, WorkerPool, resultName, tick } = tickhttp;
  const pool = new WorkerPool({ threads: 1, unresponsiveAfter: 3000, workerUrl: '/sabotage' });
  const told: string[] = [];
  const begin = (path: string) => {
    const http = new HTTPRequest({ pool });
    http.requestCompleted.connect((result) => told.push(resultName(result)));
    http.request(`${location.origin}${path}`);
    return http;
  };
  const end = async (http: InstanceType<typeof HTTPRequest>) => {
    if (way === 'completed()') return http.completed();
    await until(() => {
      tick();
      return !http.isBusy();
    });
    tick();
    return http.completed();
  };
  const requests = [begin('/hang'), begin('/begin')];
  const early = way === 'completed()' ? requests.map(end) : [];
  const [asked, answered] = requests;
  await until(() => {
    if (way === 'tick()') tick();
    return (
      asked?.getHttpClientStatus() === Status.REQUESTING && answered?.getHttpClientStatus() === Status.BODY
    );
  });
  const from = performance.now();
  const closing = deed === 'pool.close()' ? pool.close() : null;
  if (closing === null) new BroadcastChannel('deeds').postMessage(deed);
  const results = await Promise.all(way === 'completed()' ? early : requests.map(end));
  const milliseconds = performance.now() - from;
  await closing;
  const ends = results.map(({ result, failure }) => ({ result: resultName(result), failure }));
  const again = closing ? null : (await end(begin('/bytes/5'))).body.length;
  const names = results.map(({ result }) => resultName(result));
  await pool.close();
  return { ends, told: told.slice(0, 2), results: names, again, milliseconds };
}
