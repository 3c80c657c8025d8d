import type { EventLoop } from '../connection/event-loop.ts';
import { TimerAlarm } from './timer-alarm.ts';

export const eventLoop: EventLoop = {
  later: setImmediate,
  alarm: (goOff) => new TimerAlarm(goOff),
};
