import type { Inbox } from '../../shared/log/outbox.ts';
import type { LogWriter } from '../../shared/log/writer.ts';
import type { RequestObserver } from '../sinks/log-story.ts';
import type { Spin, SpinListener } from './spin.ts';

/** In milliseconds. */
export interface Clock {
  now(): number;
}

/**
 * Decides when the thread spins for a client, depending on what its caller and its server did last time:
 *
 * - If the caller's last request came right after an answer, listen for the next request, which then needs no message.
 * - If the server's last answer came right after the request, and the caller slept meanwhile (so a core is free), spin
 *   until the next answer.
 *
 * Where the thread shares its only core with caller and server, it never spins: they would have to wait until it stops.
 */
export class SpinPolicy implements SpinListener, RequestObserver {
  readonly #log: LogWriter;
  readonly #inbox: Inbox;
  readonly #spin: Spin | null;
  readonly #onRequest: () => void;
  readonly #clock: Clock;
  #askedAt = Number.NEGATIVE_INFINITY;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #callerIsQuick = false;
  #serverIsQuick = false;

  /** `spin`: null where there is one core. */
  constructor(
    log: LogWriter,
    inbox: Inbox,
    spin: Spin | null,
    onRequest: () => void,
    clock: Clock = performance,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#inbox = inbox;
    this.#spin = spin;
    this.#onRequest = onRequest;
  }

  asked(): void {
    this.#askedAt = this.#clock.now();
    this.#callerIsQuick = this.#askedAt - this.#answeredAt < QUICK;
    if (this.#serverIsQuick) this.#spin?.stay();
  }

  completed(): void {
    this.#answeredAt = this.#clock.now();
    this.#serverIsQuick = this.#log.readerSleeps && this.#answeredAt - this.#askedAt < QUICK;
    if (!this.#callerIsQuick || this.#spin === null) return;
    this.#inbox.listens(true);
    this.#spin.listen(this);
  }

  look(): void {
    this.#onRequest();
  }

  stopped(): void {
    this.#inbox.listens(false);
    // A request may have been put there before the caller could see that nobody listens.
    this.#onRequest();
  }

  /** The client is gone. */
  end(): void {
    this.#spin?.forget(this);
  }
}

/** Milliseconds. Longer than a wake and the work itself take, and shorter than any frame. */
const QUICK = 1;
