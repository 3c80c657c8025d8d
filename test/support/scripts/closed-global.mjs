import { availableParallelism } from 'node:os';
import { HTTPClient } from 'tickhttp';

// No global can be added any more, as where a sandbox has hardened them. Two clients; prints how many threads there are.
const [port = 0] = process.argv.slice(2).map(Number);
Object.preventExtensions(globalThis);
let threads = 0;
process.on('worker', () => {
  threads += 1;
});
const results = [];
for (let made = 0; made < 2; made++) {
  const http = new HTTPClient();
  results.push(http.connectToHost('127.0.0.1', port));
}
await new Promise((resolve) => setImmediate(resolve));
const suitable = Math.min(4, Math.max(1, availableParallelism() - 1));
console.log(JSON.stringify({ results, threads, suitable }));
