import type { Timeouts } from '../shared/messages.ts';
import { Alarm } from './alarm.ts';
import { ConnectionError } from './connection-error.ts';

/**
 * The time limits of a request. They are kept on the worker, so a caller that is busy for seconds fires none of them;
 * and while its buffer is full, so that the server is held back, those that it would fire stand still.
 *
 *     request ---- body sent piece by piece ---- first byte ---- ... ---- end
 *     |<-- headers, anew with each piece ----------->|
 *                                                    |<-- body, anew with each read -->|
 *     |<-- request --------------------------------------------------------------->|
 */
export class ResponseWatch {
  readonly #headers: Countdown;
  readonly #body: Countdown;
  readonly #request: Countdown;
  #answered = false;

  constructor({ headers, body, request }: Timeouts, onLate: (error: ConnectionError) => void) {
    const countdown = (milliseconds: number, code: string, what: string): Countdown =>
      new Countdown(milliseconds, () => onLate(new ConnectionError(code, `${what} ${milliseconds} ms`)));
    this.#headers = countdown(headers, 'HEADERS_TIMEOUT', 'the server sent no answer for');
    this.#body = countdown(body, 'BODY_TIMEOUT', 'the server sent nothing more for');
    this.#request = countdown(request, 'REQUEST_TIMEOUT', 'the answer was not complete after');
  }

  /** A request is being sent. */
  asked(): void {
    this.#answered = false;
    this.#headers.restart();
    this.#request.restart();
  }

  /** More of it has been sent. */
  progressed(): void {
    this.#headers.putBack();
  }

  /** Something of the answer has come. `held`: and nothing more is let in for now. */
  received(held: boolean): void {
    if (!this.#answered) this.#headers.stop();
    this.#answered = true;
    if (held) {
      this.#body.stop();
      this.#request.pause();
    } else this.#body.restart();
  }

  /** The server is not held back any more. */
  resumed(): void {
    if (!this.#answered) return;
    this.#body.restart();
    this.#request.goOn();
  }

  /** The answer is complete, or nobody wants it. */
  stop(): void {
    this.#headers.stop();
    this.#body.stop();
    this.#request.stop();
    this.#answered = false;
  }
}

/** Null where nothing is limited: most clients, of which there may be thousands. */
export function watchOver(
  timeouts: Timeouts,
  onLate: (error: ConnectionError) => void,
): ResponseWatch | null {
  const { headers, body, request } = timeouts;
  return headers + body + request === 0 ? null : new ResponseWatch(timeouts, onLate);
}

/** 0 milliseconds: never. */
class Countdown {
  readonly #milliseconds: number;
  readonly #alarm: Alarm;
  /** What there was when it was last started or paused; 0 if it is off. */
  #left = 0;
  #since = 0;
  #paused = false;

  constructor(milliseconds: number, onZero: () => void) {
    this.#milliseconds = milliseconds;
    this.#alarm = new Alarm(onZero);
  }

  restart(): void {
    if (this.#milliseconds === 0) return;
    if (this.#left !== this.#milliseconds || !this.#alarm.putBack()) this.#alarm.set(this.#milliseconds);
    this.#left = this.#milliseconds;
    this.#since = performance.now();
    this.#paused = false;
  }

  /** Restarts it unless it is off. */
  putBack(): void {
    if (this.#left > 0) this.restart();
  }

  pause(): void {
    if (this.#left === 0 || this.#paused) return;
    this.#alarm.clear();
    this.#left = Math.max(1, this.#left - (performance.now() - this.#since));
    this.#paused = true;
  }

  goOn(): void {
    if (!this.#paused) return;
    this.#alarm.set(this.#left);
    this.#since = performance.now();
    this.#paused = false;
  }

  stop(): void {
    this.#alarm.clear();
    this.#left = 0;
    this.#paused = false;
  }
}
