import { PassThrough } from 'node:stream';
import { ErrorCode, HTTPClient, Status, StreamPeer, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect } from '../support/client.ts';
import { getInProgram, MODES } from '../support/get.ts';
import { runScript } from '../support/run-script.ts';
import { test } from '../support/servers.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
/** The program may read everything, and make no threads. */
const NO_THREADS = [major < 22 ? '--experimental-permission' : '--permission', '--allow-fs-read=*'];

describe('a program that may make no threads', () => {
  test.for(MODES)('is told so, and of the flag that allows it: %s', async (mode, { servers }) => {
    const server = await servers.http();
    expect(await getInProgram(server.port, mode, { nodeArgs: NO_THREADS })).toMatchObject({
      connect: ErrorCode.ERR_UNAVAILABLE,
      status: Status.CANT_CONNECT,
      failure: {
        phase: 'worker',
        code: 'WORKER_NOT_STARTED',
        message: expect.stringMatching(/no worker thread for this client: .*--allow-worker/),
      },
      threads: 0,
    });
  });

  test.for(['websocket-echo', 'tunnel', 'own-stream', 'godot-tutorial-frames', 'godot-tutorial-blocking'])(
    'the example %s ends with the reason',
    async (example, { servers }) => {
      const server = await servers.http();
      const args = ['127.0.0.1', String(server.port), '127.0.0.1', String(server.port)];
      const run = await runScript(`examples/${example}.mjs`, { nodeArgs: NO_THREADS, args });
      expect(run.stderr).toMatch(/AssertionError.*no worker thread for this client: .*--allow-worker/);
      expect(run.code).toBe(1);
    },
  );
});

test('a pool of which only a part can be made ends that part, and is made whole later', async ({
  servers,
}) => {
  const server = await servers.http();
  const run = await runScript('test/programs/scripts/half-a-pool.mjs', { args: [String(server.port)] });
  expect(JSON.parse(run.stdout || run.stderr)).toEqual({
    refused: ErrorCode.ERR_UNAVAILABLE,
    code: 'WORKER_NOT_STARTED',
    message: 'There is no worker thread for this client: the system has no more threads.',
    fewAttempts: true,
    connected: true,
    made: 3,
    survived: true,
    replaced: 1,
  });
});

describe('a pool that is closed', () => {
  const CLOSED = { phase: 'worker', code: 'POOL_CLOSED' };

  test('a loop that looks only at the status learns of it', async ({ servers }) => {
    const server = await servers.http();
    const pool = new WorkerPool({ threads: 1 });
    const http = await connect(server, { pool });
    await pool.close();
    for (const client of [http, new HTTPClient({ pool })]) {
      expect(client.connectToHost(server.host, server.port)).toBe(ErrorCode.ERR_UNAVAILABLE);
      expect([client.getStatus(), client.poll()]).toEqual([Status.CANT_CONNECT, ErrorCode.ERR_CANT_CONNECT]);
      expect(client.getLastError()).toMatchObject(CLOSED);
      client.close();
      expect([client.getStatus(), client.poll()]).toEqual([Status.DISCONNECTED, ErrorCode.ERR_UNCONFIGURED]);
    }
  });

  test('a stream that is set is not CONNECTED, and there is no connection', async () => {
    const pool = new WorkerPool({ threads: 1 });
    await pool.close();
    const http = new HTTPClient({ pool });
    http.connection = StreamPeer.fromDuplex(new PassThrough());
    expect([http.getStatus(), http.connection]).toEqual([Status.CANT_CONNECT, null]);
    expect(http.getLastError()).toMatchObject(CLOSED);
  });
});
