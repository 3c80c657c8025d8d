import { HTTPClient, HTTPRequest, Method, resultName, Status, statusName, tick, WorkerPool } from 'tickhttp';

// What every tool is given; check.mjs changes the import. It downloads a file with each class in the loop of the page,
// and prints what has come of each.
const PATH = '/level-7.bin';
const start = performance.now();
const results = {};

const level = new HTTPRequest();
level.requestCompleted.connect((result, responseCode, _headers, body) => {
  end('request', level, resultName(result), responseCode, [body]);
});
if (level.request(location.origin + PATH) !== 0) end('request', level, 'CANT_CONNECT', 0, []);

function* download(http) {
  const chunks = [];
  http.connectToHost(location.hostname, Number(location.port));
  while (http.getStatus() === Status.RESOLVING || http.getStatus() === Status.CONNECTING) yield http.poll();
  if (http.getStatus() === Status.CONNECTED) http.request(Method.GET, PATH, []);
  while (http.getStatus() === Status.REQUESTING) yield http.poll();
  for (; http.getStatus() === Status.BODY; yield http.poll()) chunks.push(http.readResponseBodyChunk());
  end('client', http, statusName(http.getStatus()), http.getResponseCode(), chunks);
}

const steps = download(new HTTPClient());
requestAnimationFrame(function frame() {
  tick();
  steps.next();
  requestAnimationFrame(frame);
});

async function end(name, http, status, responseCode, chunks) {
  const ms = performance.now() - start;
  const failure = http.getLastError();
  const bytes = await new Blob(chunks).arrayBuffer();
  const hash = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
  results[name] = { status, responseCode, length: bytes.byteLength, hash, failure, ms };
  const { mode, modeReason } = WorkerPool.default;
  if (Object.keys(results).length === 2) console.log(JSON.stringify({ mode, modeReason, ...results }));
}
