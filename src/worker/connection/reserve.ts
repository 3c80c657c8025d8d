import type { HeadLimits } from '../../shared/settings.ts';

/** Bytes of a sink that are kept free for everything that is not body. */
export function reserveOf({ maxHeadFields }: HeadLimits): number {
  return CONTROL_ROOM + maxHeadFields;
}

/** Bytes: a failure's record and the headers of the few records that one read can make. */
const CONTROL_ROOM = 2048;
