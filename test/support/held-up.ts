import { setTimeout as sleep } from 'node:timers/promises';

/** A call to another thread, and back. */
export type Call = () => Promise<unknown>;

/** By what a test multiplies its times, one after the other. */
const FACTORS = [1, 2, 4, 8];

/**
 * For a test in which something must happen before a time limit is over: on a machine that stands still meanwhile, the
 * limit is over first. `run` gets a factor for all its times. If it fails, and this thread or one that is called has not
 * answered for `most` milliseconds, it runs again with a larger factor. Where no thread was held up, a failure counts
 * at once, and the last one counts anyway.
 */
export async function unlessHeldUp(
  calls: readonly Call[],
  most: number,
  run: (factor: number) => Promise<void>,
  factors: readonly number[] = FACTORS,
): Promise<void> {
  for (const factor of factors) {
    const watch = new Watch(calls);
    try {
      await run(factor);
      return;
    } catch (error) {
      if (factor === factors.at(-1) || watch.longest < most * factor) throw error;
    } finally {
      await watch.end();
    }
  }
}

/** Milliseconds between two calls. */
const PAUSE = 20;

/** Calls all threads again and again, and knows how long the longest call took. */
class Watch {
  readonly #begun = new Map<Call, number>();
  readonly #running: Promise<unknown>;
  #ended = false;
  #longest = 0;

  constructor(calls: readonly Call[]) {
    // The pauses tell of this thread.
    const all = [() => Promise.resolve(), ...calls];
    this.#running = Promise.all(all.map((call) => this.#repeat(call)));
  }

  /** Milliseconds, also of a call that is still under way. */
  get longest(): number {
    const now = performance.now();
    return Math.max(this.#longest, ...Array.from(this.#begun.values(), (since) => now - since - PAUSE));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #repeat(call: Call): Promise<void> {
    while (!this.#ended) {
      this.#begun.set(call, performance.now());
      // Who is called may be gone by now.
      await call().catch(() => {});
      await sleep(PAUSE);
      this.#longest = this.longest;
    }
  }
}
