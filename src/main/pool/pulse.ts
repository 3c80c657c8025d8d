/**
 * Tells a worker that is gone or stuck from a server that is slow, by the worker's heartbeat. One long pause proves
 * nothing (the machine may have slept, this thread may have been busy): a stopped heart is one that several looks,
 * spread over the whole limit, have found unmoved.
 */
export class Pulse {
  readonly #limit: number;
  readonly #start: number;
  #beat = 0;
  #since = 0;
  #looks = 0;
  #nextLook = 0;

  /** `limit`: milliseconds without a beat. `started`: the thread is known to run, and needs no time to start. */
  constructor(limit: number, started: boolean) {
    this.#limit = limit;
    this.#start = started ? limit : Math.max(limit, START);
  }

  /** `now`: milliseconds of a clock that goes on evenly. Cheap; call it as often as there is time. */
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

/** Milliseconds that a thread may take to start, on a machine that is busy with other things. No beat yet is 0. */
const START = 15_000;
