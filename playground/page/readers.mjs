import { HTTPClient, Method, Status } from 'tickhttp';

/** @import { Arrivals } from './pattern.mjs' */
/** @import { Reader, Transfer } from './types.mjs' */

/** @type {Readonly<Record<'fetch' | 'tickhttp', Reader>>} */
export const READERS = {
  fetch: (path, arrivals) => new FetchDownload(path, arrivals),
  tickhttp: (path, arrivals, count) => new TickDownload(path, arrivals, count),
};

/**
 * `fetch` on the page: its pieces come whenever the event loop turns.
 * @implements {Transfer}
 */
class FetchDownload {
  failure = /** @type {string | null} */ (null);
  #stopping = new AbortController();

  /**
   * @param {string} path
   * @param {Arrivals} arrivals
   */
  constructor(path, arrivals) {
    this.#run(path, arrivals).catch((error) => {
      if (!this.#stopping.signal.aborted) this.failure = String(error);
    });
  }

  /**
   * @param {string} path
   * @param {Arrivals} arrivals
   */
  async #run(path, arrivals) {
    const { body } = await fetch(path, { signal: this.#stopping.signal });
    const reader = body?.getReader();
    for (;;) {
      const piece = await reader?.read();
      if (!piece?.value) return;
      arrivals.take(piece.value);
    }
  }

  frame() {}

  stop() {
    this.#stopping.abort();
  }
}

/** What arrives between two frames, of all downloads together: at 60 Hz, a gigabyte a second. */
const BUFFERS = 16 * 2 ** 20;

/** Where all downloads read to, one after the other: memory that is used again leaves nothing to collect. */
const memory = new Uint8Array(2 ** 20);

/**
 * tickhttp: its worker downloads, and the loop reads what has come.
 * @implements {Transfer}
 */
class TickDownload {
  failure = /** @type {string | null} */ (null);
  #http;
  #path;
  #arrivals;
  #requested = false;

  /**
   * @param {string} path
   * @param {Arrivals} arrivals
   * @param {number} count
   */
  constructor(path, arrivals, count) {
    this.#path = path;
    this.#arrivals = arrivals;
    this.#http = new HTTPClient({ bufferSize: Math.floor(BUFFERS / count) });
    const port = location.port === '' ? -1 : Number(location.port);
    this.#http.connectToHost(`${location.protocol}//${location.hostname}`, port);
  }

  /** @param {number} deadline */
  frame(deadline) {
    const http = this.#http;
    http.poll();
    const status = http.getStatus();
    if (status === Status.CONNECTED && !this.#requested) {
      this.#requested = true;
      http.request(Method.GET, this.#path, []);
    } else if (status === Status.BODY) {
      this.#read(deadline);
    } else if (http.isFailed()) {
      this.failure = http.getLastError()?.message ?? 'unknown';
    }
  }

  /** @param {number} deadline */
  #read(deadline) {
    do {
      const count = this.#http.readResponseBodyInto(memory);
      if (count === 0) return;
      this.#arrivals.take(memory.subarray(0, count));
    } while (performance.now() < deadline);
  }

  stop() {
    this.#http[Symbol.dispose]();
  }
}
