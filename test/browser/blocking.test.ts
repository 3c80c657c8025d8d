import { afterAll, expect } from 'vitest';
import { closeBrowser, test } from './support/page.ts';

afterAll(closeBrowser);

/** The synchronous loop of Godot's tutorial, in a worker of the page. */
const PROGRAM = `
await import('/helpers');
const { HTTPClient, HTTPRequest, Method, Status, WorkerPool } = tickhttp;
await WorkerPool.default.ready();
const http = new HTTPClient();
http.blockingModeEnabled = true;
http.connectToHost('127.0.0.1', Number(new URL(location.origin).port));
while (http.getStatus() === Status.CONNECTING || http.getStatus() === Status.RESOLVING) http.poll();
http.request(Method.GET, '/bytes/1000000', []);
while (http.getStatus() === Status.REQUESTING) http.poll();
let length = 0;
while (http.getStatus() === Status.BODY) length += http.readResponseBodyChunk().length;
postMessage({ enabled: http.blockingModeEnabled, code: http.getResponseCode(), length, failure: http.getLastError() });
`;

test('a worker of an isolated page blocks, after await pool.ready()', async ({ open }) => {
  const { page } = await open('shared');
  const seen = await page.evaluate(async (program) => {
    const url = URL.createObjectURL(
      new Blob([program.replaceAll("'/helpers'", `'${location.origin}/helpers'`)], {
        type: 'text/javascript',
      }),
    );
    const worker = new Worker(url, { type: 'module' });
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  }, PROGRAM);
  expect(seen).toEqual({ enabled: true, code: 200, length: 1_000_000, failure: null });
});

test('a worker of a page that is not isolated does not, and says why', async ({ open }) => {
  const { page } = await open('messages');
  const seen = await page.evaluate(async () => {
    const program = `
      await import('${location.origin}/helpers');
      const http = new tickhttp.HTTPClient();
      http.blockingModeEnabled = true;
      postMessage([http.blockingModeEnabled, http.getLastError()]);
    `;
    const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module' });
    return await new Promise<[boolean, { code: string; message: string } | null]>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  });
  expect(seen[0]).toBe(false);
  expect(seen[1]).toMatchObject({
    code: 'UNAVAILABLE_IN_BROWSER',
    message: expect.stringContaining('not cross-origin isolated'),
  });
});
