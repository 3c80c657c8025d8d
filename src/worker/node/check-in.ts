import { workerData } from 'node:worker_threads';
import type { ThreadData } from '../../shared/end-reasons.ts';
import { VERSION } from '../../shared/version.ts';

/**
 * Tells first.ts that this is tickhttp's worker. Throws if its version is not that of the program: a worker from a file
 * that was copied long ago would understand neither the memory nor the messages.
 */
export function checkIn(): void {
  const data: ThreadData = workerData;
  data.checkedIn = true;
  const { version } = data;
  if (version === null || version === VERSION) return;
  throw new Error(
    `the worker's file is from tickhttp ${VERSION}, the program from ${version}: copy the file again`,
  );
}
