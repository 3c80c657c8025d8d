import threads from 'node:worker_threads';
import { ErrorCode, HTTPClient } from 'tickhttp';

// The system refuses to make another thread, and then makes one.
const { Worker } = threads;
threads.Worker = new Proxy(Worker, {
  construct() {
    throw new Error('the system has no more threads');
  },
});
const http = new HTTPClient();
const refused = http.connectToHost('127.0.0.1', Number(process.argv[2]));
const failure = http.getLastError();
threads.Worker = Worker;
http.blockingModeEnabled = true;
// After a pause, in which it fails at once.
while (http.connectToHost('127.0.0.1', Number(process.argv[2])) !== ErrorCode.OK);
http.poll();
console.log(JSON.stringify({ refused, failure, status: http.getStatus() }));
