import { HTTPClient, Status, WorkerPool } from 'tickhttp';
import { afterEach, describe, expect, vi } from 'vitest';
import { SleepBudget } from '../../../src/main/connection/sleep-budget.ts';
import { connect, get, settled } from '../../support/client.ts';
import { runScript } from '../../support/run-script.ts';
import { test } from '../../support/servers.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe.each(['before', 'after'])('clocks that are replaced %s this is loaded', (when) => {
  const run = async (clock: string, scene: string, port: number): Promise<unknown> => {
    const args = [when, clock, scene, String(port)];
    const { stdout, stderr } = await runScript('test/support/scripts/clocks.mjs', { args, deadline: 40_000 });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  test.for(['frozen', 'leaping', 'replaced'])(
    '%s: a blocking call sleeps as long as it may',
    async (clock, { servers }) => {
      const report = await run(clock, 'hang', (await servers.http()).port);
      expect(report).toEqual({
        connected: true,
        slept: expect.any(Number),
        status: Status.REQUESTING,
        clients: 1,
      });
      // Each of its six sleeps may be late, on a machine that is busy.
      expect(report).toHaveProperty(
        'slept',
        expect.toSatisfy((slept: number) => slept > 590 && slept < 15_000),
      );
    },
  );

  test.for(['frozen', 'leaping', 'replaced'])(
    '%s: an hour of frames in a moment',
    async (clock, { servers }) => {
      const report = await run(clock, 'frames', (await servers.http()).port);
      expect(report).toEqual({ connected: true, frames: true, body: 3, clients: 1 });
    },
  );

  test.for(['frozen', 'leaping', 'replaced'])(
    '%s: a thread that was killed is noticed',
    async (clock, { servers }) => {
      const report = await run(clock, 'killed', (await servers.http()).port);
      expect(report).toMatchObject({ connected: true, code: expect.stringMatching(/^WORKER_/) });
    },
  );
});

test('with vitest’s fake timers, everything goes on', async ({ servers }) => {
  await using pool = new WorkerPool({ threads: 1, unresponsiveAfter: 10_000 });
  const server = await servers.http();
  const http = await connect(server, { pool });
  vi.useFakeTimers({
    toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout', 'setInterval', 'hrtime'],
  });
  for (let frame = 0; frame < 100_000; frame++) {
    vi.advanceTimersByTime(16);
    http.poll();
  }
  expect([http.getStatus(), (await get(http, '/bytes/10')).code]).toEqual([Status.CONNECTED, 200]);
  http.blockingModeEnabled = true;
  http.connectToHost('127.0.0.1', server.port);
  http.poll();
  expect(http.getStatus()).toBe(Status.CONNECTED);
  expect(await pool.stats()).toMatchObject({ clients: 1, connections: 1 });
  await pool.close();
  http.poll();
  expect(http.getLastError()?.code).toBe('POOL_CLOSED');
});

test('a timer goes off where the ones that were found are fakes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.resetModules();
  const { startTimer } = await import('../../../src/main/place/node/clock.ts');
  const { port1, port2 } = new MessageChannel();
  // Holds the process, as the port of whoever waits for an answer does.
  port1.on('message', () => {});
  await startTimer(50).over;
  const timer = startTimer(3_600_000);
  timer.stop();
  await timer.over;
  port1.close();
  port2.close();
});

describe('the sleep budget', () => {
  test('counts what was slept, in pieces of 100 ms', () => {
    const asked: number[] = [];
    const budget = new SleepBudget().begin(250);
    while (budget.spend((ms) => asked.push(ms) > 0));
    expect(asked).toEqual([100, 100, 50]);
  });

  test('comes to an end when each sleep is cut short at once', () => {
    const budget = new SleepBudget().begin(1);
    let sleeps = 0;
    while (budget.spend(() => false)) sleeps += 1;
    expect(sleeps).toBeLessThanOrEqual(100);
  });

  test('is none outside blocking mode', () => {
    expect(new SleepBudget().spend(() => true)).toBe(false);
    expect(new SleepBudget().begin(0).spend(() => true)).toBe(false);
  });
});

test('a client made while clocks are fakes works as well', async ({ servers }) => {
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout'] });
  const server = await servers.http();
  const http = new HTTPClient();
  http.connectToHost(server.host, server.port);
  expect(await settled(http)).toBe(Status.CONNECTED);
});
