import { BodyCheck, verify } from './body.mjs';

/**
 * Brings the body of its path into each feed, again and again until the process ends. What it returns is called once a
 * frame, which is nothing for a client that lives on the event loop.
 * @callback FrameClient
 * @param {string} origin
 * @param {readonly Feed[]} feeds one for each download
 * @returns {(spare: number) => void} with the milliseconds of a frame that are not spent on rendering
 */

/** @typedef {{ path: string, size: number }} Source */

/** What takes the bytes of one download after the other. */
export class Feed {
  body = new BodyCheck();
  #source;
  #next;
  #complete = 0;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#next = source;
  }

  /** Of the body that is asked for next, or is under way. */
  get path() {
    return this.#source.path;
  }

  /**
   * The bodies after the one that is under way come from there.
   * @param {Source} source
   */
  continueWith(source) {
    this.#next = source;
  }

  get received() {
    return this.#complete + this.body.received;
  }

  /** A body is complete: throws if it is not what was sent, and is ready for the next. */
  next() {
    verify(this.body, this.#source.size);
    this.#complete += this.#source.size;
    this.#source = this.#next;
    this.body = new BodyCheck();
  }

  /** Throws if what has come of the body under way is not what was sent. */
  check() {
    if (!this.body.intact) throw new Error('the bytes are not those that were sent');
    if (this.body.received > this.#source.size) throw new Error('more bytes came than were asked for');
  }
}
