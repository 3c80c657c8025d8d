import { vi } from 'vitest';

/** Vitest's own bound is a second, which is little for what another thread or process does on a busy machine. */
const WAIT = { timeout: 20_000, interval: 10 };

/** Settles when `check` has not thrown. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, WAIT);
}

/** Settles when it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, WAIT);
}
