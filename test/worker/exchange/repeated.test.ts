import { Method, Result } from 'tickhttp';
import { describe, expect } from 'vitest';
import { answering, OK, targets, test } from '../../support/one-thread.ts';
import { runScript } from '../../support/run-script.ts';
import type { Step } from '../../support/servers.ts';
import { fetched, start } from '../../support/whole.ts';

describe('a request is repeated only where its connection had carried another', () => {
  const cut: Step[] = [{ expectHead: true }, { destroy: true }];

  test.for([
    ['GET', Method.GET],
    ['PUT', Method.PUT],
    ['DELETE', Method.DELETE],
  ] as const)('%s that was not answered: once, over a fresh one', async ([, method], { servers, pool }) => {
    const server = await servers.raw([
      [...answering(), ...cut],
      [...answering(), { hold: true }],
    ]);
    const options = { pool };
    await fetched(server.url('/1'), { options });
    const { result } = await fetched(server.url('/2'), { method, options });
    expect(result).toBe(Result.SUCCESS);
    expect(await targets(server)).toEqual([['/1', '/2'], ['/2']]);
  });

  test.for([
    ['POST', Method.POST],
    ['PATCH', Method.PATCH],
  ] as const)('%s that was not answered has failed', async ([, method], { servers, pool }) => {
    const server = await servers.raw([...answering(), ...cut]);
    const options = { pool };
    await fetched(server.url('/1'), { options });
    const { result, failure } = await fetched(server.url('/2'), { method, options });
    expect([result, failure?.request]).toEqual([Result.CONNECTION_ERROR, 'unanswered']);
    expect(server.counts).toMatchObject({ connections: 1, requests: 2 });
  });

  test('one that is lost twice has failed, with other idle ones at hand', async ({ servers, pool }) => {
    const server = await servers.raw([
      [{ expectHead: true }, { waitFor: 'go' }, { send: OK }, ...cut],
      [{ expectHead: true }, { waitFor: 'go' }, { send: OK }, ...cut],
      cut,
    ]);
    const options = { pool };
    const both = [start(server.url('/1'), { options }), start(server.url('/2'), { options })];
    server.blockUntil('both', ({ requests }) => requests === 2);
    server.release('go');
    await Promise.all(both.map((http) => http.completed()));
    const { result, failure } = await fetched(server.url('/3'), { options });
    expect([result, failure?.request]).toEqual([Result.CONNECTION_ERROR, 'unanswered']);
    expect(server.counts.connections).toBe(3);
    expect((await targets(server)).flat().filter((target) => target === '/3')).toHaveLength(2);
  });

  test('one that can’t be sent again was sent all the same, says the failure', async ({ servers, pool }) => {
    const server = await servers.raw([...answering(), { expectHead: true }, { hold: true }]);
    const options = { pool };
    await fetched(server.url('/1'), { options });
    const http = start(server.url('/2'), { options });
    server.blockUntil('the second request', ({ requests }) => requests === 2);
    // It listens no more when it cuts the connection.
    await server.close();
    const { result, failure } = await http.completed();
    expect([result, failure?.request]).toEqual([Result.CANT_CONNECT, 'unanswered']);
  });

  test('of any method, if no byte of it was sent: over the next idle one, and in the end over a fresh one', async () => {
    const preload = new URL('../../support/scripts/held-worker.mjs', import.meta.url).href;
    const script = new URL('../../support/scripts/unsent.mjs', import.meta.url);
    const { stdout, stderr } = await runScript(script, { workerPreload: preload });
    expect(JSON.parse(stdout || JSON.stringify(stderr))).toEqual(Array(10).fill([0, null, 1]));
  });

  test('a piece of an answer is no reason', async ({ servers, pool }) => {
    const server = await servers.raw([
      ...answering(),
      { expectHead: true },
      { send: 'HT' },
      { destroy: true },
    ]);
    const options = { pool };
    await fetched(server.url('/1'), { options });
    const { result, failure } = await fetched(server.url('/2'), { options });
    expect([result, failure?.request]).toEqual([Result.CONNECTION_ERROR, 'answered']);
    expect(server.counts.connections).toBe(1);
  });

  test('and not when it has run into a time limit, which it would have twice', async ({ servers, pool }) => {
    const server = await servers.raw([...answering(), { expectHead: true }, { hold: true }]);
    await fetched(server.url('/1'), { options: { pool } });
    const limited = { pool, timeouts: { headers: 100 } };
    const { result, failure } = await fetched(server.url('/2'), { options: limited });
    expect([result, failure?.code]).toEqual([Result.CONNECTION_ERROR, 'HEADERS_TIMEOUT']);
    expect(await targets(server)).toEqual([['/1', '/2']]);
  });

  test.for([
    ['accepts and closes', [{ destroy: true }]],
    ['reads the request and closes', cut],
    ['resets', [{ expectHead: true }, { reset: true }]],
  ] as const)('a server that %s is asked once', async ([, script], { servers, pool }) => {
    const server = await servers.raw(script);
    const { result, failure } = await fetched(server.url('/'), { options: { pool } });
    expect([result, failure?.request === 'answered']).toEqual([Result.CONNECTION_ERROR, false]);
    expect(server.counts.connections).toBe(1);
  });
});
