import type { Alarm, EventLoop, Later } from '../connection/event-loop.ts';

const { port1, port2 } = new MessageChannel();
const acts: (() => void)[] = [];
port1.onmessage = () => acts.shift()?.();

/** A message of its own for each: timers that follow each other wait for 4 ms (HTML, "timer initialization steps"). */
const later: Later = (act) => {
  acts.push(act);
  port2.postMessage(null);
};

/**
 * A timer that lets the event loop turn once more before it goes off: a worker that was held up has what has come
 * meanwhile before it.
 */
class TimerAlarm implements Alarm {
  readonly #goOff: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #milliseconds = 0;
  /** When it is to go off. A timer that is due earlier starts again. */
  #due = 0;

  constructor(goOff: () => void) {
    this.#goOff = goOff;
  }

  set(milliseconds: number): void {
    this.clear();
    this.#milliseconds = milliseconds;
    this.#due = performance.now() + milliseconds;
    this.#start(milliseconds);
  }

  #start(milliseconds: number): void {
    const timer = setTimeout(() => later(() => this.#timer === timer && this.#look()), milliseconds);
    this.#timer = timer;
  }

  #look(): void {
    const left = this.#due - performance.now();
    if (left > 0) {
      this.#start(left);
      return;
    }
    this.#timer = undefined;
    this.#goOff();
  }

  putBack(): boolean {
    this.#due = performance.now() + this.#milliseconds;
    return this.#timer !== undefined;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

export const eventLoop: EventLoop = { later, alarm: (goOff) => new TimerAlarm(goOff) };
