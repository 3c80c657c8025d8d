import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { HTTPClient, Method, Status } from 'tickhttp';

/** @import { Failure, HTTPClientOptions, TLSOptions } from 'tickhttp' */

/** What the servers are, from the command line. */
export const SERVERS = JSON.parse(process.argv[2] ?? '');

/** Milliseconds. */
const PATIENCE = 20_000;

/**
 * @typedef {object} Exchange
 * @property {string} [host]
 * @property {number} [port]
 * @property {TLSOptions | null} [tls]
 * @property {Method} [method]
 * @property {string} [path]
 * @property {Uint8Array} [body]
 * @property {(http: HTTPClient) => Uint8Array} [read]
 */

/** @typedef {{ code: number, length: number, hash: string, text: string, failure: Failure | null }} Answer */

/**
 * One request, on a connection of its own: it yields where a program with a main loop goes on to its next tick. In
 * blocking mode it is over before the event loop has turned.
 *
 * @param {HTTPClientOptions & { Client?: typeof HTTPClient, blocking?: boolean, setUp?: (http: HTTPClient) => void }} options
 * @param {Exchange} [exchange]
 * @returns {Generator<void, Answer>}
 */
export function* get({ Client = HTTPClient, blocking = false, setUp = () => {}, ...options }, exchange = {}) {
  const { host = '127.0.0.1', port = SERVERS.http, tls = null } = exchange;
  const { method = Method.GET, path = '/', body = new Uint8Array(0), read } = exchange;
  const http = new Client(options);
  http.blockingModeEnabled = blocking;
  setUp(http);
  http.connectToHost(host, port, tls);
  while (http.getStatus() === Status.RESOLVING || http.getStatus() === Status.CONNECTING) yield poll(http);
  if (http.getStatus() === Status.CONNECTED) http.requestRaw(method, path, [], body);
  while (http.getStatus() === Status.REQUESTING) yield poll(http);
  const hash = createHash('sha256');
  let [length, text] = [0, ''];
  while (http.getStatus() === Status.BODY) {
    http.poll();
    const chunk = read?.(http) ?? http.readResponseBodyChunk();
    hash.update(chunk);
    length += chunk.length;
    if (length < 1000) text += new TextDecoder().decode(chunk);
    yield;
  }
  const answer = { code: http.getResponseCode(), length, hash: hash.digest('hex'), text };
  const failure = http.getLastError();
  http.close();
  return { ...answer, failure };
}

/** @param {HTTPClient} http */
function poll(http) {
  http.poll();
}

/**
 * Runs to its end what never yields to the event loop.
 *
 * @template T
 * @param {Generator<void, T>} task
 */
export function atOnce(task) {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const step = task.next();
    if (step.done) return step.value;
    assert(performance.now() < end, 'it takes too long');
  }
}

/**
 * Runs tasks to their end side by side, each a step in a tick.
 *
 * @template T
 * @param {Generator<void, T>[]} tasks
 * @returns {Promise<T[]>}
 */
export async function inTicks(...tasks) {
  return Promise.all(
    tasks.map(async (task) => {
      let step = task.next();
      await until(() => {
        if (!step.done) step = task.next();
        return step.done === true;
      });
      assert(step.done);
      return step.value;
    }),
  );
}

/** @param {() => boolean | Promise<boolean>} condition that is looked at once in a tick */
export async function until(condition) {
  const end = performance.now() + PATIENCE;
  while (!(await condition())) {
    assert(performance.now() < end, 'it takes too long');
    await new Promise((done) => setTimeout(done, 1));
  }
}

/**
 * @param {Answer} answer
 * @param {string} text
 */
export function assertText(answer, text) {
  assert.equal(answer.failure, null, answer.failure?.message);
  assert.equal(answer.code, 200);
  assert.equal(answer.text, text);
}

/** @param {Answer} answer */
export function assertWhole(answer) {
  assert.equal(answer.failure, null, answer.failure?.message);
  assert.deepEqual([answer.code, answer.length, answer.hash], [200, SERVERS.length, SERVERS.hash]);
}
