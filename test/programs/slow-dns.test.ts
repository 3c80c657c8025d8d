import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { within } from '../support/within.ts';

const SCRIPTS = new URL('./scripts/', import.meta.url);
const OTHER_SYSTEM = ['--net', '--mount', 'sh', fileURLToPath(new URL('slow-dns.sh', SCRIPTS))];

/** Linux lets root have another network and another /etc/resolv.conf for a program. */
function permitted(folder: string): boolean {
  return spawnSync('unshare', [...OTHER_SYSTEM, folder, 'true']).status === 0;
}

test('a pool is closed, and tells its statistics, while DNS is slow', async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
  try {
    skip(!permitted(folder), 'only root on Linux, with unshare, can play a DNS that does not answer');
    const script = fileURLToPath(new URL('slow-dns.mjs', SCRIPTS));
    const child = spawn('unshare', [...OTHER_SYSTEM, folder, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [output]: unknown[] = await within(30_000, () => 'the closed pool', once(child.stdout, 'data'));
      expect(JSON.parse(String(output))).toEqual({
        connections: 5,
        codes: Array(5).fill('POOL_CLOSED'),
        threads: [],
        // Nobody can end a look-up: the thread waits for it, the promise does not.
        exited: false,
      });
    } finally {
      child.kill('SIGKILL');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
