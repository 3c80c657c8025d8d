import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ErrorCode, Status, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { VERSION } from '../../src/shared/version.ts';
import { getInProgram, MODES, toldInProgram } from '../support/get.ts';
import { test } from '../support/package-copy.ts';
import { runScript } from '../support/run-script.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WELL = { connect: ErrorCode.OK, status: Status.CONNECTED, failure: null, code: 200 };
const LOST = {
  connect: ErrorCode.ERR_UNAVAILABLE,
  status: Status.CANT_CONNECT,
  failure: {
    phase: 'worker',
    code: 'WORKER_NOT_STARTED',
    message: expect.stringMatching(/docs\/bundlers\.md/),
  },
};

describe.each(MODES)('%s', (mode) => {
  test.for([
    ['a path', (file: string) => file],
    ['a path that begins here', (file: string) => relative(ROOT, file)],
    ['a URL', (file: string) => pathToFileURL(file).href],
    ['a URL in capitals', (file: string) => pathToFileURL(file).href.replace('file', 'FILE')],
  ] as const)('workerUrl is %s: that file is the worker', async ([_what, tell], { servers, copy }) => {
    const server = await servers.http();
    const { script, worker } = copy('get.mjs');
    const file = join(dirname(script), 'a name with ü and spaces.js');
    renameSync(join(worker, 'index.cjs'), file);
    const env = { WORKER_URL: tell(file) };
    expect(await getInProgram(server.port, mode, { script, env })).toMatchObject(WELL);
  });

  test.for(['module', 'commonjs'])(
    'in a package of the type "%s" it may be called .js',
    async (type, { servers, copy }) => {
      const server = await servers.http();
      const { script, worker } = copy('get.mjs');
      const file = join(dirname(script), 'worker.js');
      renameSync(join(worker, 'index.cjs'), file);
      writeFileSync(join(dirname(script), 'package.json'), JSON.stringify({ type }));
      expect(await getInProgram(server.port, mode, { script, env: { WORKER_URL: file } })).toMatchObject(
        WELL,
      );
    },
  );

  test('there is none: told within two seconds, and what to do', async ({ servers, copy }) => {
    const server = await servers.http();
    const { script } = copy('get.mjs');
    const env = { WORKER_URL: join(dirname(script), 'nothing.cjs') };
    const got = await toldInProgram(server.port, mode, { script, env });
    expect(got).toMatchObject(LOST);
    expect(got.failure?.message).toContain('nothing.cjs is missing or unreadable');
  });

  test('one of another version is refused', async ({ servers, copy }) => {
    const server = await servers.http();
    const { script, worker } = copy('get.mjs');
    const file = join(worker, 'index.cjs');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${VERSION}"`, '"0.0.9"'));
    const message = expect.stringContaining(
      `the worker's file is from tickhttp 0.0.9, the program from ${VERSION}`,
    );
    expect(await getInProgram(server.port, mode, { script, env: { WORKER_URL: file } })).toMatchObject({
      status: Status.CANT_CONNECT,
      failure: { code: 'WORKER_NOT_STARTED', message },
    });
  });

  test('a bundler has made a web address of it: told', async ({ servers, copy }) => {
    const server = await servers.http();
    const { script, worker } = copy('get.mjs');
    const file = join(dirname(dirname(worker)), 'dist/main/index.js');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('import.meta.url)');
    writeFileSync(file, text.replace('import.meta.url)', "'http://localhost:3000/main.js')"));
    const got = await getInProgram(server.port, mode, { script });
    expect(got).toMatchObject(LOST);
    expect(got.failure?.message).toContain("the worker of tickhttp can't be found (");
  });

  test('tickhttp/inline needs no file', async ({ servers, copy }) => {
    const server = await servers.http();
    const { script, worker } = copy('get.mjs');
    rmSync(worker, { recursive: true });
    expect(await getInProgram(server.port, mode, { script })).toMatchObject(LOST);
    const env = { ENTRY: 'tickhttp/inline' };
    expect(await getInProgram(server.port, mode, { script, env })).toMatchObject(WELL);
  });
});

test('a path stays what it was when the program changes its folder', async () => {
  const script = new URL('scripts/other-folder.mjs', import.meta.url);
  const { stdout, stderr } = await runScript(script, { deadline: 30_000 });
  expect([stderr, stdout.trim()]).toEqual(['', 'ready']);
});

test.for([
  ['', /^workerUrl must be a path or a file: URL, not the string ""$/],
  ['https://example.com/worker.js', /not the string "https:\/\/example\.com\/worker\.js"$/],
  [new URL('data:text/javascript,0'), /not the string "data:text\/javascript,0"$/],
  ['file:///a%zz', /not the string "file:\/\/\/a%zz" \(URIError: URI malformed\)$/],
  [new URL('file:///a%2Fb'), /not the string "file:\/\/\/a%2Fb" \(.*encoded.*\)$/],
  [null, /not null$/],
  [{}, /not an object of class Object$/],
] as const)('workerUrl is %o: refused', ([workerUrl, message]) => {
  expect(() => Reflect.construct(WorkerPool, [{ workerUrl }])).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) }),
  );
});
