import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';

// Leaves a client open in some state and comes to its end.
const [state, port] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 2 });
const http = new HTTPClient({ pool });
if (state !== 'none') http.connectToHost('127.0.0.1', state === 'refused' ? 1 : Number(port));
if (state !== 'none' && state !== 'connecting') {
  http.blockingModeEnabled = true;
  http.poll();
  if (state === 'waiting') http.request(Method.GET, '/hang', []);
  if (state === 'body') http.request(Method.GET, '/bytes/100000000', []);
  if (state === 'body') http.poll();
  if (state === 'body' && http.getStatus() !== Status.BODY) throw new Error('no body');
  if (state === 'stats') await pool.stats();
  if (state === 'disposed') http[Symbol.dispose]();
}
console.log('the last line');
