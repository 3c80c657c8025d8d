import { HTTPRequest, tick, WorkerPool } from 'tickhttp';
import { resourcesLeft, workersLeft } from './left-behind.mjs';

// Closes a pool with whole requests in every state, each awaited or not; prints what became of them and what was left behind.
const [mode, port] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 2 });
const url = `http://127.0.0.1:${port}`;
const told = /** @type {number[]} */ ([]);

/** @param {string} path */
function started(path) {
  const http = new HTTPRequest({ pool });
  http.requestCompleted.connect((result) => told.push(result));
  http.request(url + path);
  return http;
}

const complete = started('/bytes/5');
await complete.completed();
// More than can have a connection: some wait. Others have a body under way, or none yet.
const paths = [...Array(20).fill('/hang'), '/bytes/100000000?stop=99000000', '/redirect/302?to=/hang'];
const all = paths.map(started);
const cancelled = started('/hang');
const refused = new HTTPRequest({ pool });
refused.request('nowhere');
const promises = mode === 'awaited' ? all.map((http) => http.completed()) : [];
const early = cancelled.completed();
if (mode !== 'at once') await new Promise((resolve) => setTimeout(resolve, 100));
cancelled.cancelRequest();
await pool.close();

const results = await Promise.all([...promises, ...all.map((http) => http.completed())]);
const counts = /** @type {Record<string, number>} */ ({});
for (const { result, failure } of results) {
  const what = `${result} ${failure?.code}`;
  counts[what] = (counts[what] ?? 0) + 1;
}
tick();
console.log(
  JSON.stringify({
    counts,
    codes: [await early, await cancelled.completed(), await refused.completed()].map(
      ({ failure }) => failure?.code,
    ),
    told: told.length,
    afterwards: complete.request(url),
    workersLeft: workersLeft(),
    resources: await resourcesLeft(),
  }),
);
