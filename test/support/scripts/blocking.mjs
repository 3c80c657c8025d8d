import { HTTPClient, Method, Status } from 'tickhttp';

// Sequential requests from the first line of a script whose event loop never turns; prints how it went.
const [port = 0, count = 0] = process.argv.slice(2).map(Number);
let turned = false;
setImmediate(() => {
  turned = true;
});

const http = new HTTPClient();
http.blockingModeEnabled = true;
http.connectToHost('127.0.0.1', port);
http.poll();
if (http.getStatus() !== Status.CONNECTED) throw new Error(http.getLastError()?.message);

const target = new Uint8Array(64);
let bytes = 0;
let early = 0;
for (let index = 0; index < count; index++) {
  http.request(Method.GET, '/bytes/11', []);
  http.poll();
  while (http.getStatus() === Status.BODY) bytes += http.readResponseBodyInto(target);
  if (http.getStatus() !== Status.CONNECTED)
    throw new Error(`request ${index}: ${http.getLastError()?.message}`);
  if (index === count / 4) early = process.memoryUsage().rss;
}
const grown = process.memoryUsage().rss - early;
console.log(JSON.stringify({ bytes, turned, grownMiB: Math.round(grown / 2 ** 20) }));
