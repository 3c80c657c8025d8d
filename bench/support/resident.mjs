import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds for the collector and the system to give back what is not used. */
const SETTLING = 100;

/** Bytes of memory that the process really has, once garbage is collected. */
export async function residentSize() {
  globalThis.gc?.();
  await sleep(SETTLING);
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
