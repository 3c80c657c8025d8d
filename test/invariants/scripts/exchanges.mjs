import { createHook } from 'node:async_hooks';
import { HTTPClient, Method, Status, TLSOptions } from 'tickhttp';

// Exchanges over HTTP and HTTPS, by name, in blocking mode and by polling; prints what the caller's thread made.
const [plain, secure, ca] = process.argv.slice(2);
const network = /** @type {string[]} */ ([]);
const NETWORK = /^(TCP|TLS|UDP|GETADDRINFO|GETNAMEINFO|QUERY|DNS|HTTP)/;
createHook({
  init(_id, type) {
    if (NETWORK.test(type)) network.push(type);
  },
}).enable();

let bodies = 0;
for (const blocking of [true, false]) {
  for (const [port, tls] of /** @type {const} */ ([
    [plain, null],
    [secure, TLSOptions.client(ca)],
  ])) {
    const http = new HTTPClient();
    http.blockingModeEnabled = blocking;
    http.connectToHost('localhost', Number(port), tls);
    await until(http, () => http.getStatus() === Status.CONNECTED);
    for (const [method, path, body] of /** @type {const} */ ([
      [Method.GET, '/bytes/300000', ''],
      [Method.POST, '/echo', 'x'.repeat(300_000)],
    ])) {
      http.request(method, path, [], body);
      let received = 0;
      await until(http, () => {
        if (http.getStatus() === Status.BODY) received += http.readResponseBodyChunk().length;
        return http.getStatus() === Status.CONNECTED;
      });
      if (received === 300_000) bodies += 1;
    }
  }
}
console.log(JSON.stringify({ bodies, network }));

/**
 * @param {HTTPClient} http
 * @param {() => boolean} done
 */
async function until(http, done) {
  for (let turns = 0; turns < 1e6; turns++) {
    http.poll();
    if (done()) return;
    if (http.getLastError()) throw new Error(http.getLastError()?.message);
    if (!http.blockingModeEnabled) await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('no end in sight');
}
