import { lstatSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HTTPRequest, Status, tick, WorkerPool } from 'tickhttp';
import { letWritesGo, stopWrites } from './slow-writes.mjs';

// Downloads into a file on a disk that takes nothing for a while; prints what is told meanwhile, and what becomes of it.
const [url = '', file = ''] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 1 });
/** @type {[downloaded: number, size: number][]} */
const progress = [];
let told = 0;
let http = make();

// Less than what may wait for the disk.
http.request(`${url}/stream?lines=4&size=70000`);
for (let lines = 1; lines <= 4; lines++) {
  await until(() => progress.at(-1)?.[0] === lines * 70_000 && now().names.length > 0);
  if (lines < 4) await releaseNext();
}
const moving = { ...now(), progress: progress.splice(0) };
await releaseNext();
letWritesGo();
await until(() => told === 1);
const written = now();

stopWrites();
http = make({ body: 1500 });
http.request(`${url}/bytes/30000000`);
await until(() => http.getDownloadedBytes() > 65_536);
const held = { ...(await still()), again: await still() };
letWritesGo();
await until(() => told === 2);
const complete = now();

// Nobody waits for what hangs.
stopWrites();
http.request(`${url}/bytes/1000000`);
await until(() => http.getDownloadedBytes() > 0);
http.cancelRequest();
http.request(`${url}/bytes/5`);
const waiting = now();
letWritesGo();
await until(() => told === 3);
const next = now();

stopWrites();
http.request(`${url}/bytes/1000000`);
await until(() => http.getDownloadedBytes() > 0);
await pool.close();
const closed = { ...now(), code: http.getLastError()?.code };
console.log(JSON.stringify({ moving, written, held, complete, waiting, next, closed }));

/** @param {{ body?: number }} timeouts */
function make(timeouts = {}) {
  const made = new HTTPRequest({ pool, timeouts });
  made.downloadFile = file;
  made.progress.connect((...numbers) => progress.push(numbers));
  made.requestCompleted.connect(() => {
    told += 1;
  });
  return made;
}

function now() {
  const names = readdirSync(dirname(file)).sort();
  const sizes = names.map((name) => lstatSync(`${dirname(file)}/${name}`).size);
  const body = http.getHttpClientStatus() === Status.BODY;
  return {
    names,
    sizes,
    downloaded: http.getDownloadedBytes(),
    size: http.getBodySize(),
    body,
    busy: http.isBusy(),
  };
}

/** When nothing has come for a while: longer than the time limit, which is about the server. */
async function still() {
  for (let since = performance.now(), seen = -1; performance.now() - since < 2000; await turn()) {
    tick();
    if (http.getDownloadedBytes() === seen) continue;
    seen = http.getDownloadedBytes();
    since = performance.now();
  }
  return now();
}

/** @param {() => boolean} done */
async function until(done) {
  for (const end = performance.now() + 20_000; !done(); await turn()) {
    tick();
    if (performance.now() > end)
      throw new Error(`not: ${done}; ${JSON.stringify([now(), http.getLastError()])}`);
  }
}

async function releaseNext() {
  const other = new HTTPRequest({ pool });
  other.request(`${url}/next`);
  await other.completed();
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
