import { place } from '../place/here.ts';

/**
 * Decides when another set of threads may be started after one in which no thread ever ran. Starting threads holds the
 * caller for some milliseconds, and a loop that reconnects at each failure would do nothing else.
 */
export class Restarts {
  #ran = true;
  #failedAt = 0;
  #pause = 0;
  /** Why the last thread that never ran has ended. */
  reason = '';

  /** A set of threads is being started. */
  starting(): void {
    this.#pause = this.#ran ? SHORTEST : Math.min(2 * this.#pause, LONGEST);
    this.#ran = false;
  }

  /** One of them runs. */
  ran(): void {
    this.#ran = true;
  }

  /** One of them has ended, and never ran. */
  failed(reason: string): void {
    this.reason = reason;
    this.#failedAt = place.now();
  }

  /** Whether it is too early for another set, when no thread is left. */
  get tooEarly(): boolean {
    return !this.#ran && place.now() - this.#failedAt < this.#pause;
  }
}

/** Milliseconds. */
const SHORTEST = 250;
const LONGEST = 4000;
