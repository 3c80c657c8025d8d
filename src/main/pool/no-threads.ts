import type { Threads } from '../place/place.ts';

/** Stands for the threads as long as none can be started. */
export const NO_THREADS: Threads = {
  ids: new Set(),
  start: async () => {},
  send: async (id) => {
    throw new Error(`there is no thread ${id}`);
  },
  stop: () => {},
  endReason: () => null,
  destroy: async () => {},
};
