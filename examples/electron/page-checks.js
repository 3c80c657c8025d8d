/** The smoke test in a page. It reports each line, and at last whether all went well. */
import { HTTPClient, HTTPRequest, Method, Result, Status, tick, WorkerPool } from './tickhttp/index.js';

const BYTES = 5_000_000;

/** Milliseconds. */
const PATIENCE = 30_000;

const port = Number(new URLSearchParams(location.search).get('port'));

const CHECKS = {
  'the page is isolated: it shares memory with its workers': () => {
    const { mode, modeReason } = new WorkerPool();
    equal(mode, 'shared', modeReason);
  },
  'HTTPClient: a download, polled': async () => {
    const http = new HTTPClient();
    http.connectToHost('127.0.0.1', port);
    let bytes = 0;
    let asked = false;
    await every(() => {
      http.poll();
      const status = http.getStatus();
      if (status === Status.BODY) bytes += http.readResponseBodyChunk().length;
      if (status !== Status.CONNECTED) return http.isFailed();
      if (asked) return true;
      asked = true;
      http.request(Method.GET, `/?bytes=${BYTES}`, []);
      return false;
    });
    equal(bytes, BYTES, http.getLastError()?.message);
  },
  'HTTPRequest: a download as a whole': async () => {
    const http = new HTTPRequest();
    let result = null;
    http.requestCompleted.connect((...all) => (result = all));
    http.request(`http://127.0.0.1:${port}/?bytes=${BYTES}`);
    await every(() => {
      tick();
      return result !== null;
    });
    equal(result[0], Result.SUCCESS, http.getLastError()?.message);
    equal(result[3].length, BYTES);
  },
};

/** A window that is not shown has no frames, so this is a timer. */
async function every(isDone) {
  const end = performance.now() + PATIENCE;
  while (!isDone() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
}

function equal(actual, expected, why = '') {
  if (actual !== expected) throw new Error(`${actual} instead of ${expected}. ${why}`);
}

let fine = true;
for (const [name, check] of Object.entries(CHECKS)) {
  try {
    await check();
    window.checks.report(`ok    ${name}`);
  } catch (error) {
    fine = false;
    window.checks.report(`FAIL  ${name}: ${error.message}`);
  }
}
window.checks.report(fine);
