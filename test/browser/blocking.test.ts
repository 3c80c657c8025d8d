import type { Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';

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

/** What a worker of the page posts, which runs this program. */
function run(page: Page, program: string): Promise<unknown> {
  return page.evaluate(async (text) => {
    const program = text.replaceAll("'/helpers'", `'${location.origin}/helpers'`);
    const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module' });
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  }, program);
}

test('a worker of an isolated page blocks, after await pool.ready()', async ({ open }) => {
  const { page } = await open('shared');
  const seen = await run(page, PROGRAM);
  expect(seen).toEqual({ enabled: true, code: 200, length: 1_000_000, failure: null });
});

test('a worker of a page that is not isolated does not, and says why', async ({ open }) => {
  const { page } = await open('messages');
  const seen = await run(
    page,
    `
await import('/helpers');
const http = new tickhttp.HTTPClient();
http.blockingModeEnabled = true;
postMessage([http.blockingModeEnabled, http.getLastError()]);
`,
  );
  expect(seen).toEqual([
    false,
    expect.objectContaining({
      code: 'UNAVAILABLE_IN_BROWSER',
      message: expect.stringContaining('not cross-origin isolated'),
    }),
  ]);
});

/** The thread would hang if `poll()` slept for the result, which comes as a message. */
const WHOLE = `
await import('/helpers');
const { HTTPRequest, WorkerPool } = tickhttp;
await WorkerPool.default.ready();
const http = new HTTPRequest();
http.blockingModeEnabled = true;
const enabled = [http.blockingModeEnabled];
http.setBlockingMode(true);
enabled.push(http.isBlockingModeEnabled());
const { code, message } = http.getLastError() ?? {};
http.request(location.origin + '/bytes/7');
for (let polls = 0; polls < 3; polls++) http.poll();
const { result, length } = shown(await http.completed());
postMessage({ enabled, code, message, result, length });
`;

test.for(MODES)('whole requests do not block in a worker of a page, %s', async (mode, { open }) => {
  const { page } = await open(mode);
  expect(await run(page, WHOLE)).toEqual({
    enabled: [false, false],
    code: 'UNAVAILABLE_IN_BROWSER',
    message: expect.stringMatching(/completed\(\).*HTTPClient/),
    result: 'SUCCESS',
    length: 7,
  });
});
