import { workers } from './workers-made.mjs';

// One GET, as MODE says; prints what came of it. In blocking mode the event loop never turns.
const { MODE, PORT, TLS, ENTRY = 'tickhttp', WORKER_URL } = process.env;
const blocking = MODE === 'blocking';
/** A worker that does not start has 15 seconds if nobody knows that it never will: who waits less has been told. */
const PATIENCE = 14_000;

/** @type {typeof import('tickhttp')} */
const { ErrorCode, HTTPClient, Method, Status, TLSOptions, WorkerPool } = await import(ENTRY);
if (WORKER_URL) WorkerPool.default = new WorkerPool({ workerUrl: WORKER_URL });
const start = performance.now();
const http = new HTTPClient({ timeouts: { blocking: PATIENCE } });
http.blockingModeEnabled = blocking;
const connect = http.connectToHost('127.0.0.1', Number(PORT), TLS ? TLSOptions.client() : null);
await pollWhile(Status.RESOLVING, Status.CONNECTING);
const status = http.getStatus();
const failure = http.getLastError();
if (status === Status.CONNECTED && http.request(Method.GET, '/bytes/5', []) === ErrorCode.OK)
  await pollWhile(Status.REQUESTING);
const code = http.getResponseCode();
const ms = performance.now() - start;
console.log(JSON.stringify({ connect, status, failure, code, threads: workers.length, ms }));

/** @param {...import('tickhttp').Status} passing */
async function pollWhile(...passing) {
  const end = performance.now() + PATIENCE;
  for (http.poll(); passing.includes(http.getStatus()) && performance.now() < end; http.poll())
    if (!blocking) await new Promise((resolve) => setImmediate(resolve));
}
