import type { FailureCode } from '../../shared/failure.ts';
import type { WorkerTimeouts } from '../../shared/settings.ts';
import { ConnectionError } from './connection-error.ts';
import type { Alarm, EventLoop } from './event-loop.ts';

/**
 * The time limits of a request. They are measured on the worker, so a caller that is busy for seconds triggers none of
 * them. While the caller's buffer is full and the server is held back, the limits are paused.
 *
 *     request ---- body sent piece by piece ---- 1xx ---- head ---- body of the answer ---- end
 *     |<-- headers, anew with each piece ------------------>|
 *                                                           |<-- body, anew with its bytes -->|
 *     |<-- request -------------------------------------------------------------------------->|
 *
 * An answer may begin while the request is still being sent. The server may want to read all of the request before it
 * goes on, so `body` does not run until the request is sent.
 *
 * Only bytes of the body put `body` back. A server could drip the framing of chunks, or trailers, without end.
 */
export class ResponseWatch {
  readonly #headers: Countdown;
  readonly #body: Countdown;
  readonly #request: Countdown;
  /** The request's body has been sent. */
  #sent = false;
  /** Something of the answer has come. */
  #begun = false;
  /** Its head has come. */
  #answered = false;
  /** The server is held back: nothing more is let in for now. */
  #stopped = false;

  constructor(
    { headers, body, request }: WorkerTimeouts,
    loop: EventLoop,
    onLate: (error: ConnectionError) => void,
  ) {
    const countdown = (milliseconds: number, code: FailureCode, what: () => string): Countdown =>
      new Countdown(milliseconds, loop, () =>
        onLate(new ConnectionError(code, `${what()} ${milliseconds} ms`)),
      );
    this.#headers = countdown(headers, 'HEADERS_TIMEOUT', () => (this.#begun ? SLOW_HEAD : NO_ANSWER));
    this.#body = countdown(body, 'BODY_TIMEOUT', () => 'the server sent no more of the body for');
    this.#request = countdown(request, 'REQUEST_TIMEOUT', () => 'the response was not complete after');
  }

  /** A request is being sent. */
  asked(hasBody: boolean): void {
    this.stop();
    this.#sent = !hasBody;
    this.#headers.restart();
    this.#request.restart();
  }

  /** More of its body has been sent. `whole`: that was the rest of it. */
  progressed(whole: boolean): void {
    this.#sent = whole;
    this.#headers.putBack();
    this.#timeBody(true);
  }

  /** The head of the answer has come. */
  answered(): void {
    this.#answered = true;
    this.#headers.stop();
  }

  /** A part of the answer has come. `body`: there was body in it. `stopped`: nothing more is let in for now. */
  received(body: boolean, stopped: boolean): void {
    this.#begun = true;
    this.#stopped = stopped;
    if (stopped) {
      this.#headers.pause();
      this.#request.pause();
    }
    this.#timeBody(body);
  }

  /** The server is not held back any more. */
  resumed(): void {
    this.#stopped = false;
    this.#headers.goOn();
    this.#request.goOn();
    this.#timeBody(true);
  }

  #timeBody(anew: boolean): void {
    if (!this.#answered || !this.#sent || this.#stopped) this.#body.stop();
    else if (anew || !this.#body.running) this.#body.restart();
  }

  /** The answer is complete, or nobody wants it. */
  stop(): void {
    this.#headers.stop();
    this.#body.stop();
    this.#request.stop();
    this.#sent = false;
    this.#begun = false;
    this.#answered = false;
    this.#stopped = false;
  }
}

const NO_ANSWER = 'the server sent no response for';
const SLOW_HEAD = 'the head of the response was not complete after';

/** Null if nothing is limited. That saves memory for most clients, and there may be thousands. */
export function watchOver(
  timeouts: WorkerTimeouts,
  loop: EventLoop,
  onLate: (error: ConnectionError) => void,
): ResponseWatch | null {
  const { headers, body, request } = timeouts;
  return headers + body + request === 0 ? null : new ResponseWatch(timeouts, loop, onLate);
}

/** With 0 milliseconds, it never goes off. */
class Countdown {
  readonly #milliseconds: number;
  readonly #alarm: Alarm;
  /** The milliseconds that were left when it was last started or paused; 0 if it is off. */
  #left = 0;
  #since = 0;
  #paused = false;

  constructor(milliseconds: number, loop: EventLoop, onZero: () => void) {
    this.#milliseconds = milliseconds;
    this.#alarm = loop.alarm(onZero);
  }

  get running(): boolean {
    return this.#left > 0;
  }

  restart(): void {
    if (this.#milliseconds === 0) return;
    if (this.#left !== this.#milliseconds || !this.#alarm.putBack()) this.#alarm.set(this.#milliseconds);
    this.#left = this.#milliseconds;
    this.#since = performance.now();
    this.#paused = false;
  }

  /** Restarts it if it runs. */
  putBack(): void {
    if (this.#left > 0 && !this.#paused) this.restart();
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
    if (this.#left === 0) return;
    this.#alarm.clear();
    this.#left = 0;
    this.#paused = false;
  }
}
