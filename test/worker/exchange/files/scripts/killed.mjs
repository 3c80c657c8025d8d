import { statSync } from 'node:fs';
import { HTTPRequest, WorkerPool } from 'tickhttp';
import { sabotage } from '../../../../invariants/scripts/sabotage.mjs';

// Downloads, and when there is something of it ends itself, or its worker, in the way it is told. Prints how the
// download ended, if the process lives.
const [deed = '', url = '', path = '', keep = ''] = process.argv.slice(2);

const pool = new WorkerPool({ threads: 1 });
const http = new HTTPRequest({ pool });
http.downloadFile = path;
http.keepPartialDownload = keep === 'keep';
http.appendToDownloadFile = true;
http.request(url);
const completed = http.completed();
while ((statSync(`${path}.part`, { throwIfNoEntry: false })?.size ?? 0) < 1000) {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
if (deed === 'kill') process.kill(process.pid, 'SIGKILL');
else if (deed === 'close') await pool.close();
else if (deed === 'end') process.exit(0);
else sabotage(deed);
const { result, failure } = await completed;
console.log(JSON.stringify([result, failure?.code]));
