import type { Later } from '../connection/event-loop.ts';
import { reserveOf } from '../connection/reserve.ts';
import { UnpackedLog } from '../sinks/unpacked-log.ts';
import { askPacked } from '../unpack/ask-packed.ts';
import type { Unpacking } from '../unpack/decoder.ts';
import type { SessionUnpacking } from './client-session.ts';

/** Unpacks with what the platform can unpack. */
export function sessionUnpacking(unpacking: Unpacking, later: Later): SessionUnpacking {
  return {
    begin(log, story, { limits }) {
      return new UnpackedLog({ log, story, unpacking, later, reserve: reserveOf(limits) });
    },
    askFor: (headers) => askPacked(headers, unpacking.codings),
  };
}
