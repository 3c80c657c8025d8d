import { createHook } from 'node:async_hooks';
import { HTTPClient, HTTPRequest, Method, Status, TLSOptions, tick } from 'tickhttp';

// Exchanges over HTTP and HTTPS, by name, in blocking mode and by polling, and whole requests, awaited and ticked, too; prints
// what the caller's thread made.
const [plain, secure, ca] = process.argv.slice(2);
/** Milliseconds. */
const PATIENCE = 15_000;
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
for (const [url, tls] of /** @type {const} */ ([
  [`http://localhost:${plain}`, null],
  [`https://localhost:${secure}`, TLSOptions.client(ca)],
])) {
  const http = new HTTPRequest({ tls });
  /** @type {number | null} */
  let told = null;
  http.requestCompleted.connect((_result, _code, _headers, body) => {
    told = body.length;
  });
  for (const way of ['block', 'tick', 'await']) {
    for (const path of ['/bytes/300000', `/redirect/307?to=${encodeURIComponent('/echo')}`]) {
      told = null;
      http.request(url + path, [], Method.POST, 'x'.repeat(300_000));
      http.blockingModeEnabled = way === 'block';
      if (way === 'block') http.poll();
      if (way === 'await') await http.completed();
      for (const end = performance.now() + PATIENCE; told === null && performance.now() < end; ) {
        if (way === 'tick') await new Promise((resolve) => setImmediate(resolve));
        tick();
      }
      if (told !== 300_000) throw new Error(http.getLastError()?.message ?? `${told} bytes`);
      bodies += 1;
    }
  }
}
console.log(JSON.stringify({ bodies, network }));

/**
 * @param {HTTPClient} http
 * @param {() => boolean} done
 */
async function until(http, done) {
  for (const end = performance.now() + PATIENCE; performance.now() < end; ) {
    http.poll();
    if (done()) return;
    if (http.getLastError()) throw new Error(http.getLastError()?.message);
    if (!http.blockingModeEnabled) await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('no end in sight');
}
