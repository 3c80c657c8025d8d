import { HTTPClient, Method, Status, TLSOptions } from 'tickhttp';

// What every tool is given; main.mjs changes the import. A task yields where a program with a main loop would go on;
// the blocking one is over before the event loop has turned once. Prints what has come of each.
const { http, https, socks, authority } = JSON.parse(process.env.ADDRESSES ?? '');
const trust = TLSOptions.client(authority);
const start = performance.now();

/**
 * @param {string} host
 * @param {number} port
 * @param {{ tls?: TLSOptions, proxy?: number, blocking?: boolean }} [how]
 */
function* get(host, port, { tls, proxy, blocking = false } = {}) {
  const client = new HTTPClient({ timeouts: { blocking: 20_000 } });
  client.blockingModeEnabled = blocking;
  if (proxy) client.setHttpProxy('socks5://127.0.0.1', proxy);
  client.connectToHost(host, port, tls ?? null);
  while (client.getStatus() === Status.RESOLVING || client.getStatus() === Status.CONNECTING)
    yield client.poll();
  if (client.getStatus() === Status.CONNECTED) client.request(Method.GET, '/', []);
  while (client.getStatus() === Status.REQUESTING) yield client.poll();
  const failure = client.getLastError();
  const result = failure ? { code: failure.code, message: failure.message } : client.getResponseCode();
  client.close();
  return { result, ms: performance.now() - start };
}

const blocked = get('127.0.0.1', http, { blocking: true });
let step = blocked.next();
while (!step.done) step = blocked.next();
const results = new Map([['blocking', step.value]]);

const tasks = {
  polling: get('127.0.0.1', http),
  tls: get('localhost', https, { tls: trust }),
  socks: get('localhost', http, { proxy: socks }),
};
const timer = setInterval(() => {
  for (const [name, task] of Object.entries(tasks)) {
    const { done, value } = task.next();
    if (done && value) results.set(name, value);
  }
  if (results.size < 4) return;
  clearInterval(timer);
  console.log(JSON.stringify(Object.fromEntries(results)));
}, 1);
