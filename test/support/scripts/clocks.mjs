import { syncBuiltinESMExports } from 'node:module';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers';

// A program with clocks and timers of its own, as tests have them; prints how its connection fared.
const [when, clock, scene, port = ''] = process.argv.slice(2);
const elapsed = stopwatch();

let time = 1000;
if (when === 'before') fake();
const { HTTPClient, Method, Status, WorkerPool } = await import('tickhttp');
if (when === 'after') fake();

/** @type {import('node:worker_threads').Worker[]} */
const workers = [];
process.on('worker', (worker) => workers.push(worker));

// A thread that has not been killed may stand still for a while, where the machine does.
const pool = new WorkerPool({ threads: 1, unresponsiveAfter: scene === 'killed' ? 1000 : 10_000 });
const http = new HTTPClient({ pool, timeouts: { blocking: scene === 'hang' ? 600 : 20_000 } });
http.connectToHost('127.0.0.1', Number(port));
http.blockingModeEnabled = true;
while (http.getStatus() === Status.CONNECTING) http.poll();
http.blockingModeEnabled = false;
const report = /** @type {Record<string, unknown>} */ ({ connected: http.getStatus() === Status.CONNECTED });

if (scene === 'hang') {
  http.blockingModeEnabled = true;
  http.request(Method.GET, '/hang', []);
  const start = elapsed();
  http.poll();
  report.slept = elapsed() - start;
  report.status = http.getStatus();
}
if (scene === 'frames') {
  // An hour of frames, in a moment.
  for (let frame = 0; frame < 3600 * 60; frame++) {
    time += 1000 / 60;
    http.poll();
  }
  report.frames = http.getStatus() === Status.CONNECTED;
  http.blockingModeEnabled = true;
  http.request(Method.GET, '/slow/3?every=100', []);
  http.poll();
  const body = http.readResponseBodyChunk();
  report.body = body.length;
}
if (scene === 'killed') {
  await new Promise((resolve) => setImmediate(resolve));
  workers[0]?.terminate();
  // The event loop does not turn: only the heart that stands still can tell.
  http.blockingModeEnabled = true;
  http.request(Method.GET, '/hang', []);
  while (http.getStatus() === Status.REQUESTING && elapsed() < 15_000) http.poll();
  report.code = http.getLastError()?.code;
}
report.clients = (await pool.stats()).clients;
await pool.close();
console.log(JSON.stringify(report));

/** Milliseconds by a clock that is not replaced here. */
function stopwatch() {
  const { hrtime } = process;
  const start = hrtime();
  return () => {
    const [seconds, nanoseconds] = hrtime(start);
    return 1000 * seconds + nanoseconds / 1e6;
  };
}

function fake() {
  const now = () => {
    if (clock === 'leaping') time += 60_000;
    return time;
  };
  for (const target of [performance, perfHooks.performance, Date]) Object.assign(target, { now });
  if (clock === 'replaced') Object.defineProperty(globalThis, 'performance', { value: { now } });
  const never = { setTimeout: () => 0, clearTimeout() {}, setInterval: () => 0, clearInterval() {} };
  Object.assign(globalThis, never);
  Object.assign(timers, never);
  syncBuiltinESMExports();
}
