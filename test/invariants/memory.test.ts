import { HTTPClient, Result, WorkerPool } from 'tickhttp';
import { describe, expect } from 'vitest';
import { connect } from '../support/client.ts';
import { runScript } from '../support/run-script.ts';
import { test } from '../support/servers.ts';
import { fetched } from '../support/whole.ts';

const MEBIBYTE = 2 ** 20;
/** Milliseconds: these programs are at work all the time, and on a busy machine that takes long. */
const PATIENCE = 290_000;
const PIECE = 'x'.repeat(65_536);
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe('4. Memory of a program is bounded by the clients that live, however many it has made and dropped', () => {
  // Without an end it would be 300 KB for each of them, in what is shared alone. The bounds are in MiB.
  test.for([
    ['one after the other, polling', 2000, 1, 'poll', 100],
    ['one after the other, blocking: no turn of the event loop', 5000, 1, 'block', 100],
    ['fifty at a time', 3000, 50, 'poll', 200],
    ['one after the other, none disposed of', 2000, 1, 'drop', 200],
  ] as const)(
    'clients %s',
    { timeout: PATIENCE + 10_000 },
    async ([, total, together, way, most], { servers }) => {
      const { port } = await servers.http();
      const run = await runScript('test/invariants/scripts/clients-in-turn.mjs', {
        args: [port, total, together, way].map(String),
        nodeArgs: ['--expose-gc'],
        deadline: PATIENCE,
      });
      expect(run.stderr).toBe('');
      const { rss, heap } = JSON.parse(run.stdout);
      expect(rss / MEBIBYTE).toBeLessThan(most);
      // Some KB of each would be 20 MiB. What was dropped waits for the collector.
      if (way !== 'drop') expect(heap / MEBIBYTE).toBeLessThan(4);
    },
  );

  // A KiB that each leaves behind would be almost 3 MiB. Of 80 000 that were cancelled each has a slot, if none is given back.
  test.for([
    ['each awaited, none ticked', 3000, 'await'],
    ['of one object, each awaited, none ticked', 3000, 'awaitOne'],
    ['a hundred awaited at a time', 3000, 'awaitTogether'],
    ['each polled, none ticked', 3000, 'poll'],
    ['blocking: no turn of the event loop', 3000, 'block'],
    ['dropped, and told by tick()', 3000, 'tick'],
    ['dropped, without a handler, and nobody ticks', 3000, 'forget'],
    ['cancelled at once, without a turn of the event loop', 80_000, 'cancel'],
    ['cancelled at any moment', 80_000, 'cancelLate'],
  ] as const)('whole requests %s', { timeout: PATIENCE + 10_000 }, async ([, total, way], { servers }) => {
    const { port } = await servers.http();
    const run = await runScript('test/invariants/scripts/requests-in-turn.mjs', {
      args: [port, total, way].map(String),
      nodeArgs: ['--expose-gc'],
      deadline: PATIENCE,
    });
    expect(run.stderr).toBe('');
    const { heap, buffers, rss, wrong } = JSON.parse(run.stdout);
    expect(wrong).toEqual({});
    expect(heap / MEBIBYTE).toBeLessThan(1);
    expect(buffers / MEBIBYTE).toBeLessThan(1);
    expect(rss / MEBIBYTE).toBeLessThan(150);
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

describe('4. Memory of a whole request is bounded by bodySizeLimit, without one by 1 GiB, whatever the peer does or announces', () => {
  // A body that grows is there twice for a moment: half a GiB, and then one of 1 GiB.
  test.for([
    ['until the close', `${OK}\r\n`, PIECE],
    ['of chunks', CHUNKED, `10000\r\n${PIECE}\r\n`],
  ] as const)(
    'an endless body %s',
    { timeout: PATIENCE + 10_000 },
    async ([, head, endless], { servers }) => {
      const server = await servers.raw([{ expectHead: true }, { send: head }, { sendForever: endless }]);
      const run = await runScript('test/invariants/scripts/endless-answer.mjs', {
        args: [server.url()],
        deadline: PATIENCE,
      });
      expect(run.stderr).toBe('');
      const { most, ...told } = JSON.parse(run.stdout);
      const result = Result.BODY_SIZE_LIMIT_EXCEEDED;
      expect(told).toEqual({ result, responseCode: 200, size: 0, code: 'BODY_SIZE_LIMIT_EXCEEDED' });
      expect(most / MEBIBYTE).toBeLessThan(1800);
      expect(server.counts.sent / MEBIBYTE).toBeGreaterThan(1024);
    },
  );

  test.for([
    ['head', OK, 'X-Endless: yes\r\n'.repeat(1000)],
    ['header line', `${OK}X-Endless: `, PIECE],
    ['run of interim answers', '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
    ['chunk extension', `${CHUNKED}1;`, PIECE],
    ['trailer section', `${CHUNKED}0\r\n`, 'X-Endless: yes\r\n'.repeat(1000)],
  ] as const)('an endless %s is refused', async ([, head, endless], { servers }) => {
    await using pool = new WorkerPool({ threads: 1 });
    const server = await servers.raw([{ expectHead: true }, { send: head }, { sendForever: endless }]);
    const { result, failure } = await fetched(server.url(), { options: { pool } });
    expect(result).toBe(Result.CONNECTION_ERROR);
    expect(failure?.code).toMatch(/^(?:HEAD_TOO_LARGE|TOO_MANY_FIELDS|INVALID_CHUNK)$/);
    expect((await pool.stats()).bytesRead / MEBIBYTE).toBeLessThan(4);
  });
});
