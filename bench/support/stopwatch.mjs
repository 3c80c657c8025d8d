import { threadTimes } from '../../examples/demo/thread-times.mjs';

/**
 * Runs `work` and measures it, in milliseconds; `cpu` is this thread's own, whatever other threads do meanwhile.
 * Work that returns no promise is not awaited: that would turn the event loop, which a blocking caller does not.
 * @param {() => unknown} work
 */
export async function measure(work) {
  const before = threadTimes().cpu;
  const start = performance.now();
  const pending = work();
  if (pending instanceof Promise) await pending;
  const wall = performance.now() - start;
  return { wall, cpu: threadTimes().cpu - before };
}

/** Milliseconds between two ticks of a loop that has nothing else to do. */
export const TICK = 1;

/**
 * The same, and how late a tick of a millisecond was at the most: something held the thread. A loop that turned as fast
 * as it can would take a core from the clients whose work is on other threads.
 * @param {() => Promise<unknown>} work
 */
export async function measureHold(work) {
  let hold = 0;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    hold = Math.max(hold, now - last - TICK);
    last = now;
  };
  const timer = setInterval(tick, TICK);
  const times = await measure(work);
  tick();
  clearInterval(timer);
  return { ...times, hold };
}
