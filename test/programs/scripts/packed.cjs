const { HTTPClient, Method, Status } = require('tickhttp');

// One GET, as MODE says, as CommonJS: only that is read from archives by what the test has. Prints what came of it.
const http = new HTTPClient({ timeouts: { blocking: 14_000 } });
http.blockingModeEnabled = process.env.MODE === 'blocking';
const connect = http.connectToHost('127.0.0.1', Number(process.env.PORT));
const start = performance.now();
/** @type {Set<import('tickhttp').Status>} */
const PASSING = new Set([Status.RESOLVING, Status.CONNECTING, Status.REQUESTING]);
tick();

function tick() {
  http.poll();
  const status = http.getStatus();
  if (status === Status.CONNECTED && !http.hasResponse()) http.request(Method.GET, '/bytes/5', []);
  if (!PASSING.has(http.getStatus()) || performance.now() - start > 14_000)
    console.log(JSON.stringify({ connect, failure: http.getLastError(), code: http.getResponseCode() }));
  else if (http.blockingModeEnabled) tick();
  else setImmediate(tick);
}
