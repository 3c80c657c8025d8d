import { workerData } from 'node:worker_threads';
import type { Birth } from '../../shared/last-words.ts';
import { VERSION } from '../../shared/version.ts';

/**
 * Tells first.ts that this is the worker. Throws if it is of another version: a file that was copied long ago
 * would understand neither the memory nor the messages.
 */
export function checkIn(): void {
  const birth: Birth = workerData;
  birth.known = true;
  const { version } = birth;
  if (version === null || version === VERSION) return;
  throw new Error(`the worker is of tickhttp ${VERSION}, the program of ${version}: copy the file again`);
}
