import { HTTPClient, Method, Status } from 'tickhttp';

// Prints how many bytes of heap an idle poll costs, by status.
const POLLS = 1_000_000;
const port = Number(process.argv[2]);
const http = new HTTPClient();
/** @type {Record<string, number>} */
const perPoll = {};

perPoll.disconnected = measure();
http.connectToHost('127.0.0.1', port);
reach(Status.CONNECTED);
perPoll.connected = measure();
http.request(Method.GET, '/hang', []);
perPoll.waiting = measure();
http.connectToHost('127.0.0.1', port);
reach(Status.CONNECTED);
http.request(Method.GET, '/stream?lines=2', []);
reach(Status.BODY);
while (http.readResponseBodyChunk().length === 0) http.poll();
perPoll.body = measure();
console.log(JSON.stringify(perPoll));

function measure() {
  let least = Number.POSITIVE_INFINITY;
  // The first rounds are the compiler's, and on a busy machine it takes its time.
  for (let round = 0; round < 20 && least > POLLS / 5; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let poll = 0; poll < POLLS; poll++) http.poll();
    least = Math.min(least, process.memoryUsage().heapUsed - before);
  }
  return least / POLLS;
}

/** @param {Status} status */
function reach(status) {
  http.blockingModeEnabled = true;
  while (http.getStatus() !== status) {
    http.poll();
    if (http.getLastError()) throw new Error(http.getLastError()?.message);
  }
  http.blockingModeEnabled = false;
}
