import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HTTPRequest, WorkerPool } from 'tickhttp';
import { resourcesLeft, workersLeft } from './left-behind.mjs';

// Closes a pool with downloads in every state; prints what became of them, and what was left behind. When it is closed:
//   at once   before they have begun
//   opening   as soon as a part is there: the thread may not know yet
//   begun     when something has come of each that something comes of
const [when, url, folder = ''] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 2, connectionsPerOrigin: 100 });

/** @param {string} path @param {number} at */
function started(path, at) {
  const http = new HTTPRequest({ pool });
  http.keepPartialDownload = at % 2 === 1;
  http.downloadFile = join(folder, `${http.keepPartialDownload ? 'kept' : 'plain'}${at}`);
  if (http.request(url + path) !== 0) throw new Error(http.getLastError()?.message);
  return http;
}

await pool.ready();
const paths = ['/bytes/1000000?etag=v1&stop=700000', '/bytes/1000000?stop=10', '/hang', '/bytes/4000000000'];
const all = [...paths, ...paths, ...paths].flatMap((path, at) => [
  started(path, 2 * at),
  started(path, 2 * at + 1),
]);
const cancelled = started('/bytes/1000000?stop=700000', 100);
const promises = all.map((http) => http.completed());
for (
  const end = performance.now() + 10_000;
  !reached();
  await new Promise((resolve) => setImmediate(resolve))
)
  if (performance.now() > end) throw new Error(`not ${when}: ${readdirSync(folder)}`);
cancelled.cancelRequest();
const since = performance.now();
await pool.close();
const milliseconds = performance.now() - since;
const names = readdirSync(folder).sort();

const results = await Promise.all(promises);
const told = [...new Set(results.map(({ result, failure }) => `${result} ${failure?.code}`))];
console.log(
  JSON.stringify({ told, names, milliseconds, workersLeft: workersLeft(), resources: await resourcesLeft() }),
);

function reached() {
  if (when === 'at once') return true;
  if (when === 'opening') return readdirSync(folder).length > 0;
  return all.filter((http) => http.getDownloadedBytes() > 0).length === 18;
}
