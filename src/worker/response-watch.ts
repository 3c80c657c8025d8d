import type { Timeouts } from '../shared/messages.ts';
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
    if (!this.#answered) this.#headers.restart();
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

/** 0 milliseconds: never. */
class Countdown {
  readonly #milliseconds: number;
  readonly #onZero: () => void;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #left = 0;

  constructor(milliseconds: number, onZero: () => void) {
    this.#milliseconds = milliseconds;
    this.#onZero = onZero;
  }

  restart(): void {
    if (this.#milliseconds === 0) return;
    // A timer that has the whole time is only put back: cheap enough for every read.
    if (this.#timer && this.#left === this.#milliseconds) this.#timer.refresh();
    else this.#run(this.#milliseconds);
    this.#since = performance.now();
  }

  pause(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#left = Math.max(1, this.#left - (performance.now() - this.#since));
  }

  goOn(): void {
    if (this.#timer || this.#left === 0) return;
    this.#run(this.#left);
    this.#since = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#left = 0;
  }

  #run(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#left = milliseconds;
    this.#timer = setTimeout(this.#onZero, milliseconds);
  }
}
