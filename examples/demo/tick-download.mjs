import { ErrorCode, HTTPClient, Method, Status } from 'tickhttp';

/** @import { Consumer, Transfer } from './download.mjs' */

/**
 * The memory of one connection, and so the most that arrives between two frames: 8 MiB sixty times a second
 * is more than a network brings.
 */
const BUFFER = 8 * 2 ** 20;

/** Milliseconds of a frame that reading may take, all downloads together. */
export const READING = 2;

/** @type {Set<Status>} */
const FAILED = new Set([
  Status.CANT_RESOLVE,
  Status.CANT_CONNECT,
  Status.CONNECTION_ERROR,
  Status.TLS_HANDSHAKE_ERROR,
]);

/**
 * One download through tickhttp.
 * @implements {Transfer}
 */
export class TickDownload {
  http = new HTTPClient({ bufferSize: BUFFER });
  done = false;
  /** Why it failed; null while it has not. */
  failure = /** @type {string | null} */ (null);
  #url;
  #consumer;
  #requested = false;

  /**
   * @param {URL} url
   * @param {Consumer} consumer
   */
  constructor(url, consumer) {
    this.#url = url;
    this.#consumer = consumer;
    this.http.readChunkSize = BUFFER;
    const port = url.port === '' ? -1 : Number(url.port);
    this.#expectOk(this.http.connectToHost(`${url.protocol}//${url.hostname}`, port));
  }

  /**
   * Reads what has arrived; stops early when `performance.now()` has reached `deadline`, and goes on next
   * frame.
   * @param {number} deadline
   */
  tick(deadline) {
    const { http } = this;
    if (this.done) return;
    http.poll();
    while (http.getStatus() === Status.BODY && performance.now() < deadline) {
      const chunk = http.borrowResponseBodyChunk();
      if (chunk.length === 0) break;
      this.#consumer.take(chunk);
    }
    this.#look(http.getStatus());
  }

  /** @param {Status} status */
  #look(status) {
    if (FAILED.has(status)) this.#fail();
    else if (this.http.hasResponse() && (status === Status.CONNECTED || status === Status.DISCONNECTED))
      this.done = true;
    else if (status === Status.CONNECTED && !this.#requested) this.#request();
  }

  #request() {
    this.#requested = true;
    this.#expectOk(this.http.request(Method.GET, this.#url.pathname + this.#url.search, []));
  }

  /** @param {ErrorCode} error */
  #expectOk(error) {
    if (error !== ErrorCode.OK) this.#fail();
  }

  #fail() {
    this.done = true;
    this.failure = this.http.getLastError()?.message ?? 'unknown';
  }

  stop() {
    this.done = true;
    this.http[Symbol.dispose]();
  }
}
