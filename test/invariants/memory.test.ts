import { HTTPClient, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect } from '../support/client.ts';
import { runScript } from '../support/run-script.ts';
import { test } from '../support/servers.ts';

const MEBIBYTE = 2 ** 20;

describe('4. Memory of a program is bounded by the clients that live, however many it has made and dropped', () => {
  // Without an end it would be 300 KB for each of them, in what is shared alone. The bounds are in MiB.
  test.for([
    ['one after the other, polling', 2000, 1, 'poll', 100],
    ['one after the other, blocking: no turn of the event loop', 5000, 1, 'block', 100],
    ['fifty at a time', 3000, 50, 'poll', 200],
    ['one after the other, none disposed of', 2000, 1, 'drop', 200],
  ] as const)('clients %s', { timeout: 120_000 }, async ([, total, together, way, most], { servers }) => {
    const { port } = await servers.http();
    const run = await runScript('test/invariants/scripts/clients-in-turn.mjs', {
      args: [port, total, together, way].map(String),
      nodeArgs: ['--expose-gc'],
      deadline: 110_000,
    });
    expect(run.stderr).toBe('');
    const { rss, heap } = JSON.parse(run.stdout);
    expect(rss / MEBIBYTE).toBeLessThan(most);
    // Some KB of each would be 20 MiB. What was dropped waits for the collector.
    if (way !== 'drop') expect(heap / MEBIBYTE).toBeLessThan(4);
  });

  test('[Symbol.dispose]() lets go of a client while the event loop of its thread stands still', async ({
    servers,
  }) => {
    const server = await servers.http();
    const pool = new WorkerPool({ threads: 1 });
    const http = await connect(server, { pool });
    for (let count = 0; count < 100; count++) {
      const hasty = new HTTPClient({ pool });
      hasty.connectToHost(server.host, server.port);
      hasty[Symbol.dispose]();
    }
    http[Symbol.dispose]();
    server.blockUntil(
      'its connection is closed',
      ({ connections, closed }) => connections > 0 && closed === connections,
    );
    expect(await pool.stats()).toMatchObject({ clients: 0, connections: 0 });
    await pool.close();
  });
});
