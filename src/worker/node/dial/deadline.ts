import type { ConnectionError } from '../../connection/connection-error.ts';
import { TimerAlarm } from '../timer-alarm.ts';

/** A step of dialling that can be given up. */
export type Step<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs a step for at most `milliseconds`; 0 for no limit. `signal` ends it early. In both cases the step is told
 * through its own signal, and its result is ignored.
 */
export function within<T>(
  milliseconds: number,
  late: () => ConnectionError,
  signal: AbortSignal,
  step: Step<T>,
): Promise<T> {
  if (milliseconds === 0) return abortable(signal, step);
  const own = new AbortController();
  const stop = (): void => own.abort(signal.reason);
  const alarm = new TimerAlarm(() => own.abort(late()));
  alarm.set(milliseconds);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return abortable(own.signal, step).finally(() => {
    alarm.clear();
    signal.removeEventListener('abort', stop);
  });
}

/** Rejects as soon as `signal` is aborted, even if the step does not stop: a DNS look-up can't be stopped. */
function abortable<T>(signal: AbortSignal, step: Step<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    step(signal)
      .finally(() => signal.removeEventListener('abort', stop))
      .then(resolve, reject);
  });
}
