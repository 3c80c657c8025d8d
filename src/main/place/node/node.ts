import { resolve } from 'node:path';
import type { Place } from '../place.ts';
import { now, startTimer } from './clock.ts';
import { openInbox } from './inbox.ts';
import { proxyEnvironment } from './proxy-environment.ts';
import { relayStream } from './stream-relay.ts';
import { openThreads, suitableThreads } from './threads.ts';
import { UploadPieces } from './upload-pieces.ts';
import { pathOf } from './worker-file.ts';

export const place: Place = {
  openThreads,
  suitableThreads,
  openUploads: (deliver) => new UploadPieces(deliver),
  refusals: null,
  sharing: { shared: true, reason: 'Node shares memory between threads' },
  files: 'a path or a file: URL',
  pathOf,
  absolutePath: resolve,
  proxyEnvironment,
  now,
  startTimer,
  openInbox,
  relayStream,
};
