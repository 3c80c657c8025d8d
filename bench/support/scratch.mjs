import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';

/**
 * A folder that is removed when this process exits; in memory, if `size` bytes leave half of it free.
 * @param {number} size
 */
export function makeFolder(size) {
  const folder = mkdtempSync(join(freeMemory() > 2 * size ? MEMORY : tmpdir(), 'tickhttp-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function freeMemory() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
