/**
 * Downloads a URL into a file, and shows the progress. The file appears when the download is complete, not before.
 *
 *     node examples/download.mjs <url> [file]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPRequest, tick } from 'tickhttp';

const [url = '', file = 'download.bin'] = process.argv.slice(2);

// Without these limits the program would wait forever for a server that falls silent.
const http = new HTTPRequest({ timeouts: { headers: 30_000, body: 30_000 } });
http.downloadFile = file;

const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
http.progress.connect((downloaded, size) => {
  const percent = size > 0 ? ` of ${megabytes(size)}, ${Math.floor((100 * downloaded) / size)} %` : '';
  process.stdout.write(`\r${megabytes(downloaded)}${percent}`);
});

http.request(url);
// The loop of the game. The signal `progress` comes from tick(), at most once a frame.
for (; http.isBusy(); await sleep(1000 / 60)) tick();

const response = await http.completed();
if (http.getDownloadedBytes() > 0) console.log();
// A 204 is `ok`, too, but makes no file.
if (response.ok && response.responseCode !== 204) {
  console.log(`${file} is complete`);
} else {
  console.error(response.failure?.message ?? `the server answered ${response.responseCode}`);
  process.exitCode = 1;
}
