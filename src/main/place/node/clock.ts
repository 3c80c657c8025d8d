// Taken when this module is loaded, because programs under test replace them. An import from `node:process` would make
// Node look at all of `process`: 5 ms of every program's start.
const uptime = process.uptime.bind(process);
const { setTimeout, clearTimeout } = globalThis;

/** Milliseconds, of a clock that stays real when programs under test replace `performance`, `Date` and timers. */
export function now(): number {
  return 1000 * uptime();
}

/** Settles after `milliseconds`, or at `stop()`. It keeps the process running. */
export function startTimer(milliseconds: number): { readonly over: Promise<unknown>; stop(): void } {
  const word = new Int32Array(new SharedArrayBuffer(4));
  // `setTimeout` may be a fake, installed before this module was loaded. The engine's own wait can't be one.
  const slept = Atomics.waitAsync(word, 0, 0, milliseconds).value;
  const holder = setTimeout(() => Atomics.notify(word, 0), milliseconds);
  const stop = (): void => {
    clearTimeout(holder);
    Atomics.notify(word, 0);
  };
  return { over: Promise.resolve(slept), stop };
}
