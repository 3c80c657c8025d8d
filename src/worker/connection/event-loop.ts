/** Calls `act` in the next turn of the event loop, when what has come by then is read. */
export type Later = (act: () => void) => void;

/** A timer that can't go off before what had come in time was read, also where the thread was held up. */
export interface Alarm {
  /** Goes off once in so many milliseconds, and not before. */
  set(milliseconds: number): void;
  /** The same time anew, cheap enough for every read. False: it is not running. */
  putBack(): boolean;
  clear(): void;
}

/** What a platform's event loop does for the connections of a thread. */
export interface EventLoop {
  readonly later: Later;
  /** An alarm that calls `goOff`. It is not set yet. */
  alarm(goOff: () => void): Alarm;
}
