import { once } from 'node:events';
import threads from 'node:worker_threads';
import { ErrorCode, HTTPClient, Status, WorkerPool } from 'tickhttp';
import { workers } from './workers-made.mjs';

// The system makes one thread and no second one; later it makes both.
const { Worker } = threads;
let limit = 1;
let tries = 0;
threads.Worker = class extends Worker {
  /** @param {ConstructorParameters<typeof Worker>} args */
  constructor(...args) {
    tries += 1;
    if (workers.length === limit) throw new Error('the system has no more threads');
    super(...args);
  }
};
const start = performance.now();
const pool = new WorkerPool({ threads: 2 });
const [first] = workers;
if (first) await once(first, 'exit');

const http = new HTTPClient({ pool });
const refused = http.connectToHost('127.0.0.1', Number(process.argv[2]));
const failure = http.getLastError();
// A loop that connects again whenever it has failed: threads are made after a pause only.
const early = performance.now() + 100;
while (performance.now() < early) http.connectToHost('127.0.0.1', Number(process.argv[2]));
// Two for the pool, and at most two behind each quarter of a second.
const fewAttempts = tries <= 2 + 2 * Math.floor((performance.now() - start) / 250);
limit = Number.POSITIVE_INFINITY;
http.blockingModeEnabled = true;
while (http.connectToHost('127.0.0.1', Number(process.argv[2])) !== ErrorCode.OK);
http.poll();
const connected = http.getStatus() === Status.CONNECTED;
const made = workers.length;

// The other one ends, and the system makes no third; then the client's ends, and it does.
limit = made;
await end(workers.at(-1));
http.connectToHost('127.0.0.1', Number(process.argv[2]));
http.poll();
const survived = http.getStatus() === Status.CONNECTED;
limit = Number.POSITIVE_INFINITY;
await end(workers.at(-2));
const replaced = workers.length - made;
console.log(
  JSON.stringify({
    refused,
    code: failure?.code,
    message: failure?.message,
    fewAttempts,
    connected,
    made,
    survived,
    replaced,
  }),
);

/** @param {threads.Worker} [worker] */
async function end(worker) {
  worker?.terminate();
  if (worker) await once(worker, 'exit');
}
