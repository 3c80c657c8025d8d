/**
 * Downloads a file over a connection that breaks off: each attempt goes on where the last one has stopped. After Ctrl-C,
 * or when it has given up, the same command goes on, too.
 *
 *     node examples/resume.mjs <url> [file]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPRequest, Result } from 'tickhttp';

const [url = '', file = 'download.bin'] = process.argv.slice(2);
const ATTEMPTS = 5; // in a row that are no progress

/** @type {Set<number>} */
const passing = new Set([Result.CANT_RESOLVE, Result.CANT_CONNECT, Result.CONNECTION_ERROR]);

const http = new HTTPRequest({ timeouts: { headers: 30_000, body: 30_000 } });
http.downloadFile = file;
http.keepPartialDownload = true; // what has arrived stays in <file>.part
http.appendToDownloadFile = true; // and the next request asks only for the rest

for (let left = ATTEMPTS; ; ) {
  http.request(url);
  const response = await http.completed();
  const bytes = http.getDownloadedBytes(); // of this attempt
  if (response.ok && response.responseCode !== 204) {
    // 206 is the rest of the file. 200 is all of it: the server can't continue, or its file has changed.
    console.log(`${file} is complete. The last attempt got ${bytes} bytes (${response.responseCode}).`);
    break;
  }
  console.error(response.failure?.message ?? `the server answered ${response.responseCode}`);
  left = response.failure?.responseCode === 206 && bytes > 0 ? ATTEMPTS : left - 1;
  if (!passing.has(response.result) || left === 0) {
    process.exitCode = 1;
    break;
  }
  console.error(`this attempt got ${bytes} bytes; going on`);
  await sleep(500);
}
