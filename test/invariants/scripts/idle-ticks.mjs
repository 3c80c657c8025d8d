import { HTTPRequest, tick, WorkerPool } from 'tickhttp';

// Prints how many bytes of heap a tick() costs, and how many nanoseconds, by what there is: a thousand HTTPRequests each.
const port = Number(process.argv[2]);
const url = `http://127.0.0.1:${port}/hang`;
const pool = new WorkerPool({ threads: 2 });
/** @type {Record<string, { bytes: number, nanoseconds: number }>} */
const perTick = {};

perTick.nothing = measure(500_000);
const all = Array.from({ length: 1000 }, () => new HTTPRequest({ pool }));
perTick.idle = measure(500_000);
for (const http of all) http.request(url);
// Those of the first turns compile, and connect.
for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
perTick.waiting = measure(20_000);
for (const http of all) http.requestCompleted.connect(() => {});
perTick.listening = measure(20_000);
for (const http of all) http.progress.connect(() => {});
perTick.watching = measure(5000);
for (const http of all) http.cancelRequest();
await new Promise((resolve) => setTimeout(resolve, 100));
perTick.cancelled = measure(500_000);
console.log(JSON.stringify(perTick));
await pool.close();

/** @param {number} ticks */
function measure(ticks) {
  let [bytes, nanoseconds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // The first rounds are the compiler's, and on a busy machine it takes its time.
  for (let round = 0; round < 20 && (round < 5 || bytes > ticks / 4); round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < ticks; count++) tick();
    bytes = Math.min(bytes, process.memoryUsage().heapUsed - before);
  }
  // Few at a time, and the least: in between, others may have the core.
  const few = ticks / 100;
  for (let round = 0; round < 200; round++) {
    const start = performance.now();
    for (let count = 0; count < few; count++) tick();
    nanoseconds = Math.min(nanoseconds, (1e6 * (performance.now() - start)) / few);
  }
  return { bytes: bytes / ticks, nanoseconds };
}
