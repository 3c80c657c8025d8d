import type { Timer } from '../place.ts';

// Taken when this is loaded: programs under test replace them.
const now0 = performance.now.bind(performance);
const { setTimeout, clearTimeout } = globalThis;

/** Milliseconds, of a clock that stays when programs under test replace `performance`, `Date` and timers. */
export function now(): number {
  return now0();
}

/** Settles after `milliseconds`, or with `stop()`. */
export function startTimer(milliseconds: number): Timer {
  let stop = (): void => {};
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stop = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, stop: () => stop() };
}
