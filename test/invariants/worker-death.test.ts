import { ErrorCode, Result, Status } from 'tickhttp';
import { describe, expect } from 'vitest';
import { runScript } from '../support/run-script.ts';
import { test } from '../support/servers.ts';

const SABOTAGE = new URL('./scripts/sabotage.mjs', import.meta.url).href;

/** What a worker can leave behind: a tombstone it wrote itself, or silence. */
const LOUD = /^WORKER_EXITED$/;
const SILENT = /^WORKER_(?:EXITED|UNRESPONSIVE)$/;

describe('5. A dead, stuck or killed worker ends every one of its clients in CONNECTION_ERROR, in blocking mode too, and the next connectToHost works', () => {
  describe.each(['polling', 'blocking'])('%s', (mode) => {
    test.for([
      ['exit', LOUD],
      ['throw', LOUD],
      ['heap', SILENT],
      ['terminate', SILENT],
      ['stuck', /^WORKER_UNRESPONSIVE$/],
    ] as const)('%s', async ([deed, code], { servers }) => {
      const server = await servers.http();
      const run = await runScript('test/invariants/scripts/lost-worker.mjs', {
        args: [deed, mode, String(server.port)],
        nodeArgs: ['--max-old-space-size=60'],
        workerPreload: SABOTAGE,
        deadline: 50_000,
      });
      expect(run.stdout, run.stderr).not.toBe('');
      const results: unknown[] = JSON.parse(run.stdout);
      expect(results).toEqual([
        ...[expect.stringMatching(code), null],
        ...[expect.stringMatching(code), 'unanswered'],
        ...[expect.stringMatching(code), 'answered'],
        ...[expect.stringMatching(code), 'unsent'],
        ...[5, 5, 5, 5],
      ]);
      expect(run.code).toBe(0);
    });
  });

  test.for(['exit', 'terminate'])('in the middle of an upload: %s', async (deed, { servers }) => {
    const silent = await servers.silent();
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/lost-upload.mjs', {
      args: [deed, String(silent.port), String(server.port)],
      workerPreload: SABOTAGE,
      deadline: 50_000,
    });
    expect(run.stdout, run.stderr).not.toBe('');
    expect(JSON.parse(run.stdout)).toEqual(['unanswered', 2, 2, 2]);
    expect(run.code).toBe(0);
  });

  describe.each(['tick', 'frames', 'completed', 'blocking'])('whole requests, %s', (mode) => {
    const deeds: [string, RegExp][] = [
      ['exit', LOUD],
      ['throw', LOUD],
      ['terminate', SILENT],
      ['stuck', /^WORKER_UNRESPONSIVE$/],
    ];
    // pool.close() needs turns of the event loop.
    if (mode === 'tick' || mode === 'completed') deeds.push(['close', /^POOL_CLOSED$/]);
    test.for(deeds)('%s', async ([deed, code], { servers }) => {
      const server = await servers.http();
      const run = await runScript('test/invariants/scripts/lost-requests.mjs', {
        args: [deed, mode, String(server.port)],
        workerPreload: SABOTAGE,
        deadline: 50_000,
      });
      expect(run.stdout, run.stderr).not.toBe('');
      expect(JSON.parse(run.stdout)).toEqual({
        codes: Array(4).fill(expect.stringMatching(code)),
        fates: ['unanswered', 'answered', 'unsent', 'unsent'],
        told: Array(4).fill(Result.CONNECTION_ERROR),
        refused: deed === 'close',
        again: Array(2).fill([null, 5]),
        results: [Result.SUCCESS, Result.SUCCESS],
      });
      expect(run.code).toBe(0);
    });
  });

  test.for([
    ['throw', 'all connected true\n'],
    ['exit', 'all connected true\n'],
    ['terminate', 'all connected true\n'],
    ['stuck', 'WORKER_UNRESPONSIVE\nall connected true\n'],
  ] as const)(
    'the others go on, and so does who connects meanwhile: %s',
    async ([deed, output], { servers }) => {
      const server = await servers.http();
      const run = await runScript('test/invariants/scripts/half-lost.mjs', {
        args: [deed, String(server.port)],
        workerPreload: SABOTAGE,
        deadline: 50_000,
      });
      expect([run.stdout, run.stderr]).toEqual([output, '']);
    },
  );

  test('a thread that cannot be made', async ({ servers }) => {
    const server = await servers.http();
    const run = await runScript('test/invariants/scripts/no-threads.mjs', { args: [String(server.port)] });
    expect(JSON.parse(run.stdout || run.stderr)).toEqual({
      refused: ErrorCode.ERR_UNAVAILABLE,
      failure: {
        phase: 'worker',
        code: 'WORKER_NOT_STARTED',
        message: 'There is no worker thread for this client: the system has no more threads.',
        request: null,
      },
      status: Status.CONNECTED,
    });
  });
});
