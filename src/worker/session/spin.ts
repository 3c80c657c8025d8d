import type { EventLoop } from '../connection/event-loop.ts';

/** Who looks around while the thread's event loop spins. */
export interface SpinListener {
  /** Called once a turn. */
  look(): void;
  /** The loop stops spinning: what comes from here on needs a message to wake it. */
  stopped(): void;
}

/**
 * Spins: keeps the thread's event loop turning for a moment instead of letting it sleep. A request in a tight loop is
 * four threads' and processes' work in turn, and waking a core that has gone to sleep costs more than the work itself
 * (measured: 30-60 us each time, of 80 us in all without). Spinning on the caller's thread would save the same and cost
 * the caller; here it costs the caller nothing.
 *
 * When it spins is for {@link SpinPolicy} to decide: only for callers and servers that have just shown that
 * they answer within the moment: a game that asks once a frame never keeps its worker awake.
 */
export class Spin {
  readonly #loop: Pick<EventLoop, 'later'>;
  readonly #listeners = new Set<SpinListener>();
  #until = 0;
  #turning = false;

  constructor(loop: Pick<EventLoop, 'later'>) {
    this.#loop = loop;
  }

  /** Spins on for a moment. */
  stay(): void {
    this.#until = performance.now() + MOMENT;
    if (this.#turning) return;
    this.#turning = true;
    this.#loop.later(this.#turn);
  }

  /** Stays, and lets `listener` look once a turn until it stops. */
  listen(listener: SpinListener): void {
    this.#listeners.add(listener);
    this.stay();
  }

  /** Leaves without a word. */
  forget(listener: SpinListener): void {
    this.#listeners.delete(listener);
  }

  readonly #turn = (): void => {
    for (const listener of this.#listeners) listener.look();
    this.#turning = performance.now() < this.#until;
    if (this.#turning) {
      this.#loop.later(this.#turn);
      return;
    }
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener.stopped();
  };
}

/** Milliseconds, from the last thing that happened. */
const MOMENT = 0.2;
