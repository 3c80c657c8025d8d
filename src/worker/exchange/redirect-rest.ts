import type { Alarm, EventLoop } from '../connection/event-loop.ts';
import type { ResponseHead } from '../http1/parser/response.ts';

/**
 * Whether the rest of a redirect's body is read, so that its connection can be used again. That must not cost more
 * than a new connection does, in bytes or in time.
 */
export function isWorthReading({ hasBody, keepAlive, contentLength, chunked }: ResponseHead): boolean {
  if (!hasBody) return true;
  return keepAlive && (chunked || contentLength >= 0) && isShort(contentLength);
}

/** `bytes` have come, or were announced. */
export function isShort(bytes: number): boolean {
  return bytes <= MOST_BYTES;
}

/** Calls `stop` unless the alarm is cleared in time. */
export function limitTime(loop: EventLoop, stop: () => void): Alarm {
  const alarm = loop.alarm(stop);
  alarm.set(MOST_MILLISECONDS);
  return alarm;
}

const MOST_BYTES = 65_536;
const MOST_MILLISECONDS = 250;
