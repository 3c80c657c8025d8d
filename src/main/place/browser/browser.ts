import type { Place } from '../place.ts';
import { now, startTimer } from './clock.ts';
import { freshCopies } from './fresh-copies.ts';
import { openInbox } from './inbox.ts';
import { refusals } from './refusals.ts';
import { openThreads, suitableThreads } from './threads.ts';
import { pathOf } from './worker-file.ts';

const ISOLATED = { shared: true, reason: 'the page is cross-origin isolated' };
const NOT_ISOLATED = {
  shared: false,
  reason:
    'the page is not cross-origin isolated: serve it with Cross-Origin-Opener-Policy: same-origin and ' +
    'Cross-Origin-Embedder-Policy: require-corp to share memory with its workers',
};

export const place: Place = {
  openThreads,
  suitableThreads,
  openUploads: () => freshCopies,
  refusals,
  sharing: crossOriginIsolated ? ISOLATED : NOT_ISOLATED,
  files: 'a URL',
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
