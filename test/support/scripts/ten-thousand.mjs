import { ErrorCode, HTTPRequest, tick, WorkerPool } from 'tickhttp';

// Ten thousand whole requests at once, told by tick(), half of them dropped by the program; prints what one costs while it is
// idle and while it waits, what became of all, and what was collected.
const COUNT = 10_000;
const port = Number(process.argv[2]);
const pool = new WorkerPool({ threads: 2 });
const start = heap();
const all = Array.from({ length: COUNT }, () => new HTTPRequest({ pool }));
const idle = (heap() - start) / COUNT;

let told = 0;
let right = 0;
let collected = 0;
const registry = new FinalizationRegistry(() => {
  collected += 1;
});
all.forEach((http, index) => {
  registry.register(http, 0);
  http.requestCompleted.connect((result, _code, _headers, body) => {
    told += 1;
    right += result === 0 && body.length === index ? 1 : 0;
  });
  const error = http.request(`http://127.0.0.1:${port}/bytes/${index}`);
  if (error !== ErrorCode.OK) throw new Error(`error ${error}: ${http.getLastError()?.message}`);
});
const waiting = (heap() - start) / COUNT;
all.length = COUNT / 2;
heap();
for (const end = performance.now() + 60_000; told < COUNT && performance.now() < end; await turn()) tick();
for (let round = 0; collected < COUNT / 2 && round < 100; round++) {
  heap();
  await turn();
}
const gone = collected;
all.length = 0;
const left = heap() - start;
console.log(JSON.stringify({ idle, waiting, told, right, gone, left }));
await pool.close();

function heap() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
