import { workerData } from 'node:worker_threads';
import type { Birth } from '../shared/last-words.ts';
import { VERSION } from '../shared/version.ts';

/** A file that was copied long ago would understand neither the memory nor the messages. */
export function requireSameVersion(): void {
  const { version }: Birth = workerData;
  if (version === null || version === VERSION) return;
  throw new Error(`the worker is of tickhttp ${VERSION}, the program of ${version}: copy the file again`);
}
