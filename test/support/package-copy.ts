import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base } from './servers.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A program in a folder of its own, with a copy of the package that a test may break. There is no other package. */
export interface PackageCopy {
  readonly script: string;
  /** The folder `dist/worker` of the copy. */
  readonly worker: string;
}

/** vitest's `test` with `servers`, and `copy` of the scripts of `test/programs`. */
export const test = base.extend<{ copy: (script: string) => PackageCopy }>({
  copy: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'tickhttp-'));
    const modules = join(folder, 'node_modules');
    const copy = join(modules, 'tickhttp');
    mkdirSync(copy, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
    cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'test/programs/scripts'), folder, { recursive: true });
    await use((script) => ({ script: join(folder, script), worker: join(copy, 'dist', 'worker') }));
    rmSync(folder, { recursive: true, force: true });
  },
});
