import { FrameLoop } from './loop.mjs';
import { complete, measure, Transfers } from './run.mjs';

/** @import { Row, What } from './types.mjs' */

/**
 * Shows the game, once a frame, with the seconds since the last and the bytes that have arrived since.
 * @callback Draw
 * @param {number} seconds
 * @param {number} bytes
 * @param {What['reader']} reader
 */

const ALONE = complete({ reader: 'alone' });

/** The loop with its downloads: at most one run at a time. */
export class Game {
  loop = new FrameLoop();
  /** What runs, or nothing. */
  what = ALONE;
  running = false;
  #transfers = new Transfers(ALONE);
  #bytes = 0;

  /** @param {Draw} draw */
  constructor(draw) {
    this.loop.onFrame = (_now, seconds) => {
      this.#transfers.frame();
      const bytes = this.#transfers.bytes;
      if (this.what.draw) draw(seconds, bytes - this.#bytes, this.what.reader);
      this.#bytes = bytes;
    };
    this.loop.start();
  }

  /** That have arrived in this run. */
  get bytes() {
    return this.#bytes;
  }

  /**
   * Downloads, and measures the loop meanwhile.
   * @param {What} asked
   * @returns {Promise<Row>}
   */
  async run(asked) {
    if (this.running) throw new Error('a run is under way');
    this.running = true;
    try {
      // What the browser does at the start of a page is none of the run's business.
      await this.loop.ready;
      this.what = complete(asked);
      this.#bytes = 0;
      this.#transfers = new Transfers(this.what);
      return await measure(this.loop, this.what, this.#transfers);
    } finally {
      this.#transfers.stop();
      this.#transfers = new Transfers(ALONE);
      this.#bytes = 0;
      this.what = ALONE;
      this.running = false;
    }
  }
}
