/** @import { Writable } from 'node:stream' */
/** @import { Connection } from './connection.mjs' */

/** What a scripted server has read and not used yet. */
export class Inbox {
  #stream;
  /** @type {Buffer[]} */
  #unread = [];
  #over = false;
  #discarding = false;
  #wake = () => {};

  /** @param {Connection} connection */
  constructor(connection) {
    const { stream } = connection;
    this.#stream = stream;
    stream.on('data', (bytes) => {
      connection.received(bytes);
      if (!this.#discarding) this.#unread.push(bytes);
      this.#wake();
    });
    for (const event of ['end', 'close']) stream.once(event, () => this.#finish());
  }

  /** Takes what comes up to and including a blank line. */
  async takeHead() {
    for (;;) {
      const unread = Buffer.concat(this.#unread);
      const blank = unread.indexOf('\r\n\r\n');
      if (blank >= 0) {
        this.#unread = [unread.subarray(blank + 4)];
        return;
      }
      await this.#more('a blank line');
    }
  }

  /** @param {number} amount */
  async take(amount) {
    for (let missing = amount; missing > 0; ) {
      const bytes = this.#unread.shift();
      if (!bytes) {
        await this.#more(`${missing} more bytes`);
        continue;
      }
      if (bytes.length > missing) this.#unread.unshift(bytes.subarray(missing));
      missing -= Math.min(missing, bytes.length);
    }
  }

  /** From now on what comes is counted and forgotten. */
  discard() {
    this.#discarding = true;
    this.#unread = [];
  }

  /** Discards until the peer has ended. */
  async drain() {
    this.discard();
    while (!this.#over) await this.#change();
  }

  /**
   * From now on what comes, and what has come unused, goes to `target`.
   * @param {Writable} target
   */
  forwardTo(target) {
    this.#wake = () => {
      for (const bytes of this.#unread.splice(0)) {
        if (!target.write(bytes)) this.#stream.pause();
      }
      if (this.#over) target.end();
    };
    target.on('drain', () => this.#stream.resume());
    this.#wake();
  }

  /** @param {string} what */
  async #more(what) {
    if (this.#over) throw new Error(`the peer ended before ${what} came`);
    await this.#change();
  }

  /** @returns {Promise<void>} */
  #change() {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #finish() {
    this.#over = true;
    this.#wake();
  }
}
