import { runInThisContext } from 'node:vm';

/** Far more than anything here takes on a busy machine. */
const BOUND = 30_000;
const KEY = 'tickhttp.fuzz.action';

/**
 * Runs `action`, which waits for nothing, and throws if it does not come back: a loop without end is a
 * failure too, and nothing else in Node can leave one.
 */
export function bounded(action: () => void, milliseconds = BOUND): void {
  Reflect.set(globalThis, KEY, action);
  // Half of all inputs end in an error, and its stack, which nobody reads, would cost a third of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    runInThisContext(`globalThis[${JSON.stringify(KEY)}]()`, { timeout: milliseconds });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Reflect.deleteProperty(globalThis, KEY);
  }
}
