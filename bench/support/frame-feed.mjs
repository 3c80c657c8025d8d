import { BodyCheck, verify } from './body.mjs';

/**
 * Brings the body of a path into each feed, again and again until the process ends. What it returns is called once a
 * frame, which is nothing for a client that lives on the event loop.
 * @callback FrameClient
 * @param {string} origin
 * @param {string} path
 * @param {readonly Feed[]} feeds one for each download
 * @returns {(spare: number) => void} with the milliseconds of a frame that are not spent on rendering
 */

/** What takes the bytes of one download after the other, all of the same body. */
export class Feed {
  body = new BodyCheck();
  #size;
  #complete = 0;

  /** @param {number} size */
  constructor(size) {
    this.#size = size;
  }

  get received() {
    return this.#complete + this.body.received;
  }

  /** A body is complete: throws if it is not what was sent, and is ready for the next. */
  next() {
    verify(this.body, this.#size);
    this.#complete += this.#size;
    this.body = new BodyCheck();
  }

  /** Throws if what has come of the body under way is not what was sent. */
  check() {
    if (!this.body.intact) throw new Error('the bytes are not those that were sent');
    if (this.body.received > this.#size) throw new Error('more bytes came than were asked for');
  }
}
