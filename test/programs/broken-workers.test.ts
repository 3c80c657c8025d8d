import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, Status } from 'tickhttp';
import { describe, expect } from 'vitest';
import { getInProgram, MODES, toldInProgram } from '../support/get.ts';
import { test } from '../support/package-copy.ts';
import { runScript } from '../support/run-script.ts';

const { OK, ERR_UNAVAILABLE } = ErrorCode;

describe('threads that do not start', () => {
  describe.each(MODES)('%s', (mode) => {
    test.for([
      ['it throws', `throw new Error('out of luck');`, /no worker thread for this client: out of luck\.$/],
      ['it throws what is no error', `throw Object.create(null);`, /: a value that cannot be shown\.$/],
      ['it throws a long text', `throw new Error('ü'.repeat(100_000));`, /: ü{252}\.$/],
      [
        'it ends',
        `process.exit(7);`,
        /: it exited with code 7 before it loaded the worker .*docs\/bundlers\.md/,
      ],
      ['it rejects', `Promise.reject(new Error('later')); setInterval(() => {}, 1000);`, /: later\.$/],
      ['a package of it is missing', `require('no-such-package');`, /no-such-package/],
      ['it is empty', '', /: it exited with code 0 before it loaded the worker .*docs\/bundlers\.md/],
      ['it cannot be parsed', `const const;`, /: SyntaxError: .*const/],
    ] as const)('%s', async ([_why, code, message], { servers, copy }) => {
      const server = await servers.http();
      const { script, worker } = copy('get.mjs');
      writeFileSync(join(worker, 'index.cjs'), code);
      expect(await getInProgram(server.port, mode, { script })).toMatchObject({
        connect: OK,
        status: Status.CANT_CONNECT,
        failure: { phase: 'worker', code: 'WORKER_NOT_STARTED', message: expect.stringMatching(message) },
      });
    });

    test.for(['.', 'index.cjs'])(
      'dist/worker/%s is missing: no thread is made',
      async (file, { servers, copy }) => {
        const server = await servers.http();
        const { script, worker } = copy('get.mjs');
        renameSync(join(worker, file), join(worker, file === '.' ? '../elsewhere' : 'elsewhere'));
        const message = /dist.worker.index\.cjs is missing or unreadable: .*docs\/bundlers\.md/;
        expect(await getInProgram(server.port, mode, { script })).toMatchObject({
          connect: ERR_UNAVAILABLE,
          status: Status.CANT_CONNECT,
          failure: { phase: 'worker', code: 'WORKER_NOT_STARTED', message: expect.stringMatching(message) },
          threads: 0,
        });
      },
    );

    test('it is another program, which runs on: told within two seconds', async ({ servers, copy }) => {
      const server = await servers.http();
      const { script, worker } = copy('get.mjs');
      writeFileSync(join(worker, 'index.cjs'), 'setInterval(() => {}, 1000);');
      const message = /index\.cjs is not the worker of tickhttp; docs\/bundlers\.md/;
      expect(await toldInProgram(server.port, mode, { script })).toMatchObject({
        status: Status.CANT_CONNECT,
        failure: { phase: 'worker', code: 'WORKER_NOT_STARTED', message: expect.stringMatching(message) },
      });
    });

    test('one that is slow is waited for', async ({ servers, copy }) => {
      const server = await servers.http();
      const { script, worker } = copy('get.mjs');
      const file = join(worker, 'index.cjs');
      const slow = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);\n';
      writeFileSync(file, slow + readFileSync(file, 'utf8'));
      const got = await getInProgram(server.port, mode, { script });
      expect(got).toMatchObject({ status: Status.CONNECTED, failure: null, code: 200 });
    });

    test('are not started again and again, and are when they can be', async ({ servers, copy }) => {
      const server = await servers.http();
      const { script, worker } = copy('reconnect.mjs');
      const run = await runScript(script, { args: [mode, String(server.port), worker], deadline: 40_000 });
      expect(JSON.parse(run.stdout || run.stderr)).toEqual({
        refused: {
          phase: 'worker',
          code: 'WORKER_NOT_STARTED',
          message: expect.stringMatching(/out of luck/),
          request: null,
        },
        // A loop of 1000.
        fewThreads: true,
        status: Status.CONNECTED,
      });
    });
  });
});
