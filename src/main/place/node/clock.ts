// Taken when this is loaded: programs under test replace them. To import them from `node:process` would have Node look
// at all of `process`, 5 ms of every program's start.
const uptime = process.uptime.bind(process);
const { setTimeout, clearTimeout } = globalThis;

/** Milliseconds, of a clock that stays when programs under test replace `performance`, `Date` and timers. */
export function now(): number {
  return 1000 * uptime();
}

/** Settles after `milliseconds`, or with `stop()`. It holds the process open. */
export function startTimer(milliseconds: number): { readonly over: Promise<unknown>; stop(): void } {
  const word = new Int32Array(new SharedArrayBuffer(4));
  // The timer may be a fake that was there before this module. What the engine itself ends can be none.
  const slept = Atomics.waitAsync(word, 0, 0, milliseconds).value;
  const holder = setTimeout(() => Atomics.notify(word, 0), milliseconds);
  const stop = (): void => {
    clearTimeout(holder);
    Atomics.notify(word, 0);
  };
  return { over: Promise.resolve(slept), stop };
}
