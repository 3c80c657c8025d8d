import { HTTPClient, HTTPRequest, Method, Status, tick } from 'tickhttp';

const CALLS = 1_000_000;

/** The first rounds are the compiler's. */
const ROUNDS = 5;

/**
 * Nanoseconds of one call while nothing happens: the least of some rounds.
 * @returns {Promise<Readonly<Record<string, number>>>}
 */
export async function measureIdle() {
  const connected = await clientThat((http) => http.getStatus() === Status.CONNECTED);
  const unread = await clientThat((http) => ask(http) && http.getStatus() === Status.BODY);
  const request = new HTTPRequest();
  request.request(new URL('/never', location.href).href);
  const costs = {
    'poll(), connected': cost(() => connected.poll()),
    'poll(), body not read': cost(() => unread.poll()),
    'tick(), a request waits': cost(tick),
  };
  for (const http of [connected, unread]) http[Symbol.dispose]();
  request.cancelRequest();
  return costs;
}

/** @param {() => void} call */
function cost(call) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let calls = 0; calls < CALLS; calls++) call();
    least = Math.min(least, ((performance.now() - start) * 1e6) / CALLS);
  }
  return least;
}

/** @param {HTTPClient} http */
function ask(http) {
  if (http.getStatus() === Status.CONNECTED) http.request(Method.GET, '/endless/0', []);
  return true;
}

/** @param {(http: HTTPClient) => boolean} reached */
async function clientThat(reached) {
  const http = new HTTPClient();
  http.connectToHost(location.hostname, Number(location.port));
  while (!reached(http)) {
    if (http.isFailed()) throw new Error(http.getLastError()?.message);
    await new Promise((resolve) => setTimeout(resolve, 1));
    http.poll();
  }
  return http;
}
