import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';

/** @import { HTTPClientOptions } from 'tickhttp' */

/**
 * A client in blocking mode, connected.
 * @param {string} origin
 * @param {HTTPClientOptions} [options]
 */
export function connect(origin, options = {}) {
  const http = new HTTPClient(options);
  const { protocol, hostname, port } = new URL(origin);
  http.blockingModeEnabled = true;
  expectOk(http, http.connectToHost(`${protocol}//${hostname}`, Number(port)));
  expectOk(http, http.poll());
  expectStatus(http, Status.CONNECTED);
  return http;
}

/**
 * @param {HTTPClient} http
 * @param {string} path
 */
export function startGet(http, path) {
  expectOk(http, http.request(Method.GET, path, []));
}

/**
 * Polls once a turn of the event loop until the head is there.
 * @param {HTTPClient} http
 */
export async function headArrived(http) {
  while (http.getStatus() === Status.REQUESTING) {
    await turn();
    expectOk(http, http.poll());
  }
}

/**
 * A turn of the event loop.
 * @returns {Promise<void>}
 */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * @param {HTTPClient} http
 * @param {ErrorCode} error
 */
export function expectOk(http, error) {
  if (error !== ErrorCode.OK) throw new Error(`${error}: ${http.getLastError()?.message}`);
}

/**
 * @param {HTTPClient} http
 * @param {Status} status
 */
export function expectStatus(http, status) {
  if (http.getStatus() !== status) {
    throw new Error(`status ${http.getStatus()}, not ${status}: ${http.getLastError()?.message}`);
  }
}
