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

/**
 * The same, and the longest time that the event loop did not turn meanwhile. It is kept turning for that.
 * @param {() => Promise<unknown>} work
 */
export async function measureHold(work) {
  let hold = 0;
  let last = performance.now();
  let running = true;
  const turn = () => {
    const now = performance.now();
    hold = Math.max(hold, now - last);
    last = now;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const times = await measure(work);
  running = false;
  return { ...times, hold };
}
