import type { Alarm } from '../connection/event-loop.ts';

/**
 * A timer that lets the event loop turn once more before it goes off. If a thread was held up, by a busy machine or a
 * debugger, its timers are due before it has looked at its sockets. So what has come by then is read first, and may
 * clear the alarm.
 */
export class TimerAlarm implements Alarm {
  readonly #goOff: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lastTurn: NodeJS.Immediate | undefined;

  constructor(goOff: () => void) {
    this.#goOff = goOff;
  }

  set(milliseconds: number): void {
    this.clear();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastTurn = setImmediate(this.#goOff);
    }, milliseconds);
  }

  putBack(): boolean {
    this.#timer?.refresh();
    return this.#timer !== undefined;
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastTurn);
    this.#timer = undefined;
    this.#lastTurn = undefined;
  }
}
