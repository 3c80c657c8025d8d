import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HTTPRequest, tick, WorkerPool } from 'tickhttp';

// Comes to its end with downloads under way. 'awaited': one of them is awaited, and what that has told is printed.
const [state, url, folder = ''] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 2 });

/** @param {string} path @param {string} name */
function started(path, name) {
  const http = new HTTPRequest({ pool });
  http.downloadFile = join(folder, name);
  http.requestCompleted.connect(() => {});
  if (http.request(url + path) !== 0) throw new Error(http.getLastError()?.message);
  return http;
}

const all = ['/hang', '/bytes/1000000?stop=700000', '/bytes/4000000000'].map((path, at) =>
  started(path, `${at}`),
);
if (state !== 'just started')
  for (const end = performance.now() + 10_000; readdirSync(folder).length < 2; ) {
    tick();
    await new Promise((resolve) => setImmediate(resolve));
    if (performance.now() > end) throw new Error(`${all.map((http) => http.getDownloadedBytes())}`);
  }
if (state === 'awaited') {
  const http = started('/slow/3000', 'awaited');
  http.completed().then(({ ok }) => console.log('awaited', ok));
}
if (state === 'exit') process.exitCode = 3;
console.log('the last line');
if (state === 'exit') process.exit();
