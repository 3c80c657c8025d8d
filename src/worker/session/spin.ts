import type { EventLoop } from '../connection/event-loop.ts';

/** Is called while the thread's event loop spins. */
export interface SpinListener {
  /** Called once a turn. */
  look(): void;
  /** The loop stops spinning: from now on it takes a message to wake it. */
  stopped(): void;
}

/**
 * Spins: keeps the thread's event loop turning for a moment instead of letting it sleep. For a request in a tight loop,
 * four threads and processes work in turn, and to wake a core that has gone to sleep costs more than the work itself
 * (measured: 30-60 us each time, of 80 us in all without spinning). Spinning on the caller's thread would save as much,
 * but the caller would pay for it. Here it costs the caller nothing.
 *
 * {@link SpinPolicy} decides when it spins: only for callers and servers that have just shown that they react within
 * that moment. A game that asks once a frame never keeps its worker awake.
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

  /** Removes `listener`, without a call of `stopped()`. */
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

/** Milliseconds, counted from the last `stay()`. */
const MOMENT = 0.2;
