/** Uses a connection as its argument says, connects once more, and tells how each went. */
import { setTimeout as wait } from 'node:timers/promises';
import { HTTPClient, Method, Status, TLSOptions, WorkerPool } from 'tickhttp';

/**
 * @import { HTTPClientOptions } from 'tickhttp'
 * @import { Move } from '../proxied.ts'
 */

/** @type {Move} */
const { options = {}, proxy, ca, target, use } = JSON.parse(process.argv[2] ?? '');
const pool = new WorkerPool({ threads: 1 });
const tls = ca === undefined ? null : TLSOptions.client(ca);

/** @param {HTTPClientOptions} [more] */
function makeClient(more) {
  const http = new HTTPClient({ ...options, ...(tls ? { proxyTLS: tls } : {}), ...more, pool });
  if (proxy) {
    http.setHttpProxy(...proxy);
    http.setHttpsProxy(...proxy);
  }
  return http;
}

/**
 * @param {HTTPClient} http
 * @param {(status: Status) => boolean} done
 */
async function pollUntil(http, done) {
  for (http.poll(); !done(http.getStatus()); http.poll()) await wait(1);
}

/** @param {HTTPClient} http */
function settled(http) {
  return pollUntil(http, (status) => status !== Status.RESOLVING && status !== Status.CONNECTING);
}

/** @param {HTTPClient} http */
function tell(http) {
  console.log(http.getStatus(), http.getLastError()?.code ?? '-');
}

const first = makeClient();
let http = first;
first.connectToHost(...target, tls);
if (use === 'give up' || use === 'replace') {
  await pollUntil(first, (status) => status === Status.CONNECTING);
  if (use === 'give up') first.close();
} else await settled(first);
if (use === 'heir') {
  http = makeClient();
  http.connection = first.connection;
}
if (use === 'get' || use === 'close' || use === 'heir') {
  http.request(Method.GET, '/bytes/1', use === 'close' ? ['Connection: close'] : []);
  await pollUntil(http, (status) => status !== Status.REQUESTING);
  while (http.getStatus() === Status.BODY) http.readResponseBodyChunk();
}
if (use === 'idle') await pollUntil(http, (status) => status !== Status.CONNECTED);
tell(http);
const second = use === 'other' ? makeClient({ dnsLifetime: 3_600_000 }) : first;
second.connectToHost(...target, tls);
await settled(second);
tell(second);
await pool.close();
