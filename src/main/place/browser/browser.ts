import type { Place } from '../place.ts';
import { now, startTimer } from './clock.ts';
import { openInbox } from './inbox.ts';
import { openThreads, suitableThreads } from './threads.ts';
import { pathOf } from './worker-file.ts';

export const place: Place = {
  openThreads,
  suitableThreads,
  pathOf,
  absolutePath: (path) => path,
  proxyEnvironment: () => ({ http: '', https: '', all: '', no: '' }),
  now,
  startTimer,
  openInbox,
  relayStream: () => {
    throw new Error('a page has no streams of Node');
  },
};
