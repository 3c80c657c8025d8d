import { HTTPClient, Method, Status, WorkerPool } from './tickhttp/index.js';

const BYTES = 2_000_000_000;

/** Milliseconds. */
const FRAME = 1000 / 60;

window.download?.onProgress((progress) => show('main', 'tick of the main process', progress));

const pool = new WorkerPool();
const http = new HTTPClient({ pool, bufferSize: 16 << 20 });
http.connectToHost('127.0.0.1', Number(new URLSearchParams(location.search).get('port')));
let [bytes, worstLateness, last] = [0, 0, performance.now()];
requestAnimationFrame(function frame() {
  const now = performance.now();
  worstLateness = Math.max(worstLateness, now - last - FRAME);
  last = now;
  http.poll();
  if (http.getStatus() === Status.CONNECTED && !http.hasResponse())
    http.request(Method.GET, `/?bytes=${BYTES}`, []);
  while (http.getStatus() === Status.BODY && performance.now() - now < 4) {
    const { length } = http.borrowResponseBodyChunk();
    bytes += length;
    if (length === 0) break;
  }
  const error = http.getLastError()?.message;
  show('page', `frame (${pool.mode}: ${pool.modeReason})`, { bytes, of: BYTES, worstLateness, error });
  requestAnimationFrame(frame);
});

function show(where, what, { bytes, of, worstLateness, error }) {
  const [bar, text] = ['bar', 'text'].map((part) => document.getElementById(`${where}-${part}`));
  bar.max = of;
  bar.value = bytes;
  const progress = `${(bytes / 1e6).toFixed(0)} of ${of / 1e6} MB`;
  text.textContent = error ?? `${progress}, worst lateness of a ${what}: ${worstLateness.toFixed(1)} ms`;
}
