/** @import { Consumer, Transfer } from './download.mjs' */

/**
 * One download through Node's own fetch, which does its work whenever the event loop turns.
 * @implements {Transfer}
 */
export class FetchDownload {
  done = false;
  failure = /** @type {string | null} */ (null);
  #stopping = new AbortController();

  /**
   * @param {URL} url
   * @param {Consumer} consumer
   */
  constructor(url, consumer) {
    this.#run(url, consumer)
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.done = true;
      });
  }

  /**
   * @param {URL} url
   * @param {Consumer} consumer
   */
  async #run(url, consumer) {
    const { body } = await fetch(url, { signal: this.#stopping.signal });
    for await (const chunk of body ?? []) consumer.take(chunk);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!this.#stopping.signal.aborted) this.failure = String(error);
  }

  tick() {}

  stop() {
    this.#stopping.abort();
  }
}
