/** Milliseconds of every frame that the simulation takes. */
export const WORK = 4;

/** Frames from which the time between two is known. */
const CALIBRATING = 40;

/** A gap with more frames is a page that was hidden, or a machine that slept. */
const MOST_MISSED = 300;

/** @typedef {(lateness: number) => void} LatenessListener */

/**
 * The loop of a game: `requestAnimationFrame`, and 4 ms of work in each frame.
 *
 * The browser gives each frame the time at which it was due, on the grid of the display. A frame is late by the time
 * from then until its callback begins. If the grid has a gap, frames were missed: each of them was due, and counts with
 * the time from when it was due until the callback that stands for it.
 */
export class FrameLoop {
  /** Called once a frame, after the work. @type {(now: number, seconds: number) => void} */
  onFrame = () => {};
  /** Milliseconds between two frames of this display. */
  period = 1000 / 60;
  #listeners = /** @type {Set<LatenessListener>} */ (new Set());
  #last = Number.NaN;
  #gaps = /** @type {number[]} */ ([]);
  #calibrated = /** @type {(value: undefined) => void} */ (() => {});
  #waits = /** @type {{ end: number, resolve: (value: undefined) => void }[]} */ ([]);
  /** Settles when the period is known. */
  ready = new Promise((resolve) => {
    this.#calibrated = resolve;
  });

  start() {
    document.addEventListener('visibilitychange', () => {
      this.#last = Number.NaN;
    });
    requestAnimationFrame(this.#frame);
  }

  /**
   * Has `listener` called for each frame that was due, until what it returns is called.
   * @param {LatenessListener} listener
   */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Settles in the first frame after so many seconds.
   * @param {number} seconds
   */
  wait(seconds) {
    return new Promise((resolve) => {
      this.#waits.push({ end: performance.now() + seconds * 1000, resolve });
    });
  }

  /** @param {number} due */
  #frame = (due) => {
    const now = performance.now();
    requestAnimationFrame(this.#frame);
    const gap = due - this.#last;
    this.#last = due;
    if (this.#gaps.length < CALIBRATING) this.#calibrate(gap);
    else this.#count(gap, due, now);
    simulate(now + WORK);
    this.onFrame(now, Number.isNaN(gap) ? 0 : gap / 1000);
    const over = this.#waits.filter(({ end }) => now >= end);
    if (over.length === 0) return;
    this.#waits = this.#waits.filter((wait) => !over.includes(wait));
    for (const { resolve } of over) resolve(undefined);
  };

  /** @param {number} gap */
  #calibrate(gap) {
    if (Number.isNaN(gap)) return;
    this.#gaps.push(gap);
    if (this.#gaps.length < CALIBRATING) return;
    this.period = this.#gaps.toSorted((a, b) => a - b)[CALIBRATING / 2] ?? this.period;
    this.#calibrated(undefined);
  }

  /**
   * @param {number} gap
   * @param {number} due
   * @param {number} now
   */
  #count(gap, due, now) {
    const missed = Math.round(gap / this.period) - 1;
    if (missed < MOST_MISSED)
      for (let back = missed; back > 0; back--) this.#tell(now - due + back * this.period);
    this.#tell(Math.max(0, now - due));
  }

  /** @param {number} lateness */
  #tell(lateness) {
    for (const listener of this.#listeners) listener(lateness);
  }
}

/** @param {number} end */
function simulate(end) {
  let state = 1;
  while (performance.now() < end) for (let i = 0; i < 5000; i++) state = Math.imul(state, 69_069) + 1;
  return state;
}
