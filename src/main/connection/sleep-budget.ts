import { place } from '../place/here.ts';

/**
 * How long one call in blocking mode may still sleep. Only its sleeps count, not the clock at its end. So the call
 * returns in time even if a clock stands still, and not too early if a clock jumps, as when the machine was suspended.
 */
export class SleepBudget {
  #left = 0;

  /**
   * For a call that begins. There is only one call at a time, so one object serves all calls and nothing is allocated.
   */
  begin(milliseconds: number): this {
    this.#left = milliseconds;
    return this;
  }

  /**
   * Sleeps once. False if the budget is used up.
   *
   * @param sleep Sleeps for so many milliseconds. Returns true if it was not woken before.
   */
  spend(sleep: (milliseconds: number) => boolean): boolean {
    if (this.#left <= 0) return false;
    const most = Math.min(this.#left, LONGEST_SLEEP);
    const start = place.now();
    this.#left -= sleep(most) ? most : Math.min(Math.max(LEAST, place.now() - start), most);
    return true;
  }
}

/** Milliseconds. A worker that dies without a trace does not wake the sleeper. */
const LONGEST_SLEEP = 100;

/** The least milliseconds that a sleep counts for, so that a call that is woken again and again ends too. */
const LEAST = 0.01;
