import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPackage, extractAll } from '@electron/asar';
import { ErrorCode, Status } from 'tickhttp';
import { describe, expect, onTestFinished } from 'vitest';
import { getInProgram, MODES } from '../support/get.ts';
import { test as base } from '../support/package-copy.ts';
import { runScript } from '../support/run-script.ts';

const PRELOAD = new URL('../support/asar-preload.cjs', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/electron');
const START = new URL('scripts/start-packed.cjs', import.meta.url);

/** vitest's `test` with a program and its node_modules in an archive, and nothing of them beside it. */
const test = base.extend<{ archive: string }>({
  archive: async ({ copy }, use) => {
    const app = dirname(copy('packed.cjs').script);
    const folder = mkdtempSync(join(tmpdir(), 'tickhttp-packed-tree-'));
    const archive = join(folder, 'app.asar');
    await createPackage(app, archive);
    rmSync(app, { recursive: true });
    await use(archive);
    rmSync(folder, { recursive: true });
  },
});

test('the checks of the example pass', async ({ copy }) => {
  const folder = dirname(copy('packed.cjs').script);
  // Not what somebody has installed there.
  for (const name of ['checks.mjs', 'server.mjs']) cpSync(join(EXAMPLE, name), join(folder, name));
  const { code, stdout, stderr } = await runScript(join(folder, 'checks.mjs'), { deadline: 60_000 });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^(ok {4}.*\n){4}$/);
  expect(code).toBe(0);
});

test('the archive of the example has all that its checks need', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-packing-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [app, extracted] = [join(folder, 'app'), join(folder, 'extracted')];
  cpSync(EXAMPLE, app, { recursive: true, filter: (path) => !path.includes('node_modules') });
  // As npm installs a package that is a folder.
  mkdirSync(join(app, 'node_modules/@electron'), { recursive: true });
  symlinkSync(ROOT, join(app, 'node_modules/tickhttp'));
  symlinkSync(join(ROOT, 'node_modules/@electron/asar'), join(app, 'node_modules/@electron/asar'));
  const packing = await runScript(join(app, 'pack.mjs'), { deadline: 60_000 });
  expect(packing).toMatchObject({ stderr: '', code: 0 });
  extractAll(join(app, 'app.asar'), extracted);
  const checks = await runScript(join(extracted, 'checks.mjs'), { deadline: 60_000 });
  expect(checks).toMatchObject({ stderr: '', code: 0 });
  expect(readdirSync(join(extracted, 'node_modules/tickhttp/dist/browser'))).toContain('worker.js');
});

describe.each(MODES)('Electron, %s', (mode) => {
  test('from inside app.asar the worker starts', async ({ servers, archive }) => {
    const server = await servers.http();
    expect(readdirSync(dirname(archive))).toEqual(['app.asar']);
    expect(
      await getInProgram(server.port, mode, {
        script: START,
        env: { PROGRAM: join(archive, 'packed.cjs') },
        workerPreload: PRELOAD,
      }),
    ).toMatchObject({ connect: ErrorCode.OK, failure: null, code: 200 });
  });

  test('in a renderer the program is told where it can go', async ({ servers }) => {
    const server = await servers.http();
    const renderer = 'data:text/javascript,process.type="renderer"';
    expect(await getInProgram(server.port, mode, { nodeArgs: ['--import', renderer] })).toMatchObject({
      connect: ErrorCode.ERR_UNAVAILABLE,
      status: Status.CANT_CONNECT,
      failure: {
        phase: 'worker',
        code: 'WORKER_NOT_STARTED',
        message: expect.stringMatching(/main process .*"tickhttp\/browser" \(docs\/electron\.md\)/),
      },
    });
  });
});
