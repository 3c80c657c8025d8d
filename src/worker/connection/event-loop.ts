/** Calls `act` in the next turn of the event loop, after everything was read that has come by then. */
export type Later = (act: () => void) => void;

/** A timer. Before it goes off, everything that came in time was read, even if the thread was held up. */
export interface Alarm {
  /** Goes off once, after at least this many milliseconds. */
  set(milliseconds: number): void;
  /** Starts the same time anew; cheap enough for every read. Returns false if the alarm is not running. */
  putBack(): boolean;
  clear(): void;
}

/** What a platform's event loop does for the connections of a thread. */
export interface EventLoop {
  readonly later: Later;
  /** An alarm that calls `goOff`. It is not set yet. */
  alarm(goOff: () => void): Alarm;
}
