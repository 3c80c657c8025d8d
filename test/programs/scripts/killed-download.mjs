import { lstatSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HTTPRequest, tick, WorkerPool } from 'tickhttp';
import { sabotage } from '../../invariants/scripts/sabotage.mjs';

// Downloads the first URL into a file, and kills the thread, or this process ('kill'), in the middle; then it downloads the
// second one into the same. Prints what became of both, and what is in the folder each time. 'keep': with
// keepPartialDownload and appendToDownloadFile. Without a second URL ('-') it is complete then.
const [deed = '', keep = '', file = '', url = '', next = ''] = process.argv.slice(2);
// Only one that is stuck is to be found by its silence: the machine may stand still for a while.
const pool = new WorkerPool({ threads: 1, unresponsiveAfter: deed === 'stuck' ? 2000 : 10_000 });
const http = new HTTPRequest({ pool });
http.downloadFile = file;
http.keepPartialDownload = keep === 'keep';
http.appendToDownloadFile = keep === 'keep';

if (http.request(url) !== 0) throw new Error(http.getLastError()?.message);
if (deed !== 'none') {
  for (
    const end = performance.now() + 15_000;
    !begun();
    await new Promise((resolve) => setTimeout(resolve, 1))
  ) {
    tick();
    if (performance.now() > end) throw new Error(`${http.getDownloadedBytes()} bytes`);
  }
  if (deed === 'kill') process.kill(process.pid, 'SIGKILL');
  else sabotage(deed);
}
const told = [await ended()];
if (next !== '-') {
  if (http.request(next) !== 0) throw new Error(http.getLastError()?.message);
  told.push(await ended());
}
console.log(JSON.stringify(told));
await pool.close();

async function ended() {
  const { result, ok, responseCode, failure } = await http.completed();
  const names = readdirSync(dirname(file)).sort();
  return { result, ok, responseCode, code: failure?.code, names, downloaded: http.getDownloadedBytes() };
}

function begun() {
  return (lstatSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
