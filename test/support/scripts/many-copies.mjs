import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Method, Status } from 'tickhttp';

// Imports the module again and again, each time under another name, at last as CommonJS, and makes a connection with
// each copy.
const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const require = createRequire(import.meta.url);
let threads = 0;
process.on('worker', () => {
  threads += 1;
});
const clients = [];
for (let copy = 0; copy < count; copy++) {
  const last = copy > 0 && copy === count - 1;
  const { HTTPClient } = last
    ? require('tickhttp')
    : await import(`../../../dist/main/index.js?copy=${copy}`);
  const http = new HTTPClient();
  http.connectToHost('127.0.0.1', port);
  http.blockingModeEnabled = true;
  http.poll();
  http.request(Method.GET, '/bytes/10', []);
  http.poll();
  clients.push(http);
}
await new Promise((resolve) => setImmediate(resolve));
const working = clients.filter((http) => http.getStatus() === Status.BODY).length;
const suitable = Math.min(4, Math.max(1, availableParallelism() - 1));
console.log(JSON.stringify({ working, threads, suitable }));
