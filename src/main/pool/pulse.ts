/**
 * Tells from its heartbeat whether a worker is gone or stuck, or only its server is slow. One long pause proves
 * nothing: the machine may have slept, or this thread may have been busy. The heartbeat has stopped if several looks,
 * spread over the whole limit, have found it unchanged.
 */
export class Pulse {
  readonly #limit: number;
  readonly #start: number;
  #beat = 0;
  #since = 0;
  #looks = 0;
  #nextLook = 0;

  /**
   * @param limit Milliseconds without a beat.
   * @param started Whether the thread is known to run, and needs no time to start.
   */
  constructor(limit: number, started: boolean) {
    this.#limit = limit;
    this.#start = started ? limit : Math.max(limit, START_LIMIT);
  }

  /**
   * Whether the heartbeat has stopped. Cheap: call it as often as there is time.
   *
   * @param now Milliseconds of a clock that runs evenly.
   */
  stopped(beat: number, now: number): boolean {
    if (this.#since === 0 || beat !== this.#beat) {
      this.#beat = beat;
      this.#since = now;
      this.#looks = 0;
      this.#nextLook = now + this.#limit / LOOKS;
      return false;
    }
    if (now < this.#nextLook) return false;
    this.#looks += 1;
    this.#nextLook = now + this.#limit / LOOKS;
    const limit = beat === 0 ? this.#start : this.#limit;
    return this.#looks >= LOOKS && now - this.#since >= limit;
  }
}

const LOOKS = 4;

/** Milliseconds that a thread may take to start on a busy machine. Until then its beat is 0. */
const START_LIMIT = 15_000;
