import type { Later } from '../connection/event-loop.ts';
import type { BodySink } from '../sinks/body-sink.ts';

/**
 * Wakes a sleeping caller for body bytes only when there are many, or no more come for the moment. Otherwise a caller
 * that reads faster than the server sends would be woken for each read of the socket, and for each record of TLS. A
 * wake costs both threads more than the bytes do (16 KiB over TLS: 0.6 times the throughput, 3 times the caller's CPU).
 *
 * "For the moment" is a turn of the event loop that brought nothing, some microseconds.
 */
export class LateNotify {
  readonly #sink: Pick<BodySink, 'notify'>;
  readonly #later: Later;
  #news = false;
  #waiting = false;

  /** `later` calls what it is given in the next turn of the event loop. */
  constructor(sink: Pick<BodySink, 'notify'>, later: Later) {
    this.#sink = sink;
    this.#later = later;
  }

  /** Bytes were published, too few to wake the caller for. */
  schedule(): void {
    this.#news = true;
    if (this.#waiting) return;
    this.#waiting = true;
    this.#later(this.#turn);
  }

  readonly #turn = (): void => {
    this.#waiting = this.#news;
    if (this.#waiting) this.#later(this.#turn);
    else this.#sink.notify();
    this.#news = false;
  };
}
