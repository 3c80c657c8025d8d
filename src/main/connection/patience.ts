import { place } from '../place/here.ts';

/**
 * How long one call in blocking mode may still sleep. What it slept counts, and not what a clock says at its
 * end: so it comes back in time where a clock stands still, and not too early where one jumps, as when the
 * machine was suspended.
 */
export class Patience {
  #left = 0;

  /** For a call that begins. Nothing is allocated: there is only one call at a time. */
  begin(milliseconds: number): this {
    this.#left = milliseconds;
    return this;
  }

  /**
   * `sleep` sleeps for so many milliseconds, unless it is woken: true if it was not. False: none are left.
   */
  spend(sleep: (milliseconds: number) => boolean): boolean {
    if (this.#left <= 0) return false;
    const most = Math.min(this.#left, LONGEST_SLEEP);
    const start = place.now();
    this.#left -= sleep(most) ? most : Math.min(Math.max(LEAST, place.now() - start), most);
    return true;
  }
}

/** Milliseconds. A worker that dies without a word does not wake the sleeper. */
const LONGEST_SLEEP = 100;

/** Milliseconds that a sleep counts for at least: whoever is woken again and again comes to an end, too. */
const LEAST = 0.01;
