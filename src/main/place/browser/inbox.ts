import type { Port } from '../../../shared/messages.ts';
import type { Inbox } from '../place.ts';

/** A page can't look into a port: what has come waits here until the caller asks for it. */
export function openInbox<M>(port: Port, atOnce?: (message: M) => boolean): Inbox<M> {
  const waiting: M[] = [];
  let listener: ((message: M) => void) | null = null;
  port.onmessage = ({ data }: MessageEvent<M>) => {
    if (atOnce?.(data)) return;
    if (listener) listener(data);
    else waiting.push(data);
  };
  const drain = (hear: (message: M) => void): void => {
    if (waiting.length > 0) for (const message of waiting.splice(0)) hear(message);
  };
  const listen = (hear: (message: M) => void): void => {
    listener = hear;
    drain(hear);
  };
  return {
    drain,
    listen,
    overhear: listen,
    ignore() {
      listener = null;
    },
  };
}
