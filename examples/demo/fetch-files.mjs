/** @import { FilesTransfer, TakeFile } from './files-lane.mjs' */

/**
 * Files through Node's own fetch, so many at a time.
 * @implements {FilesTransfer}
 */
export class FetchFiles {
  failures = /** @type {string[]} */ ([]);
  #left;
  #take;

  /**
   * @param {URL[]} urls
   * @param {TakeFile} take
   * @param {number} atOnce
   */
  constructor(urls, take, atOnce) {
    this.#left = [...urls];
    this.#take = take;
    for (let count = 0; count < atOnce; count++) {
      this.#run().catch((error) => this.failures.push(String(error)));
    }
  }

  /** One file after the other, until there is none left. */
  async #run() {
    for (let url = this.#left.pop(); url !== undefined; url = this.#left.pop()) {
      const response = await fetch(url);
      this.#take(new Uint8Array(await response.arrayBuffer()));
    }
  }

  tick() {}
}
