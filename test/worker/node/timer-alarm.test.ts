import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { TimerAlarm } from '../../../src/worker/node/timer-alarm.ts';
import { until } from '../../support/eventually.ts';
import { test } from '../../support/servers.ts';

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('an alarm that is due waits for what is there to be read', async ({ servers }) => {
  const server = await servers.raw([{ waitFor: 'go' }, { send: 'in time' }, { hold: true }]);
  const socket = connect(server);
  await once(socket, 'connect');
  const goOff = vi.fn();
  const alarm = new TimerAlarm(goOff);
  const read = vi.fn(() => alarm.clear());
  socket.on('data', read);
  alarm.set(20);
  server.release('go');
  server.blockUntil('what it sends', ({ sent }) => sent > 0);
  standStill(40);
  await until(() => read.mock.calls.length > 0);
  await turn();
  expect(goOff).not.toHaveBeenCalled();
  socket.destroy();
});

test('an alarm goes off once, and anew when it is set again', async () => {
  const goOff = vi.fn();
  const alarm = new TimerAlarm(goOff);
  for (const times of [1, 2]) {
    alarm.set(1);
    await until(() => goOff.mock.calls.length === times);
    expect(alarm.putBack()).toBe(false);
  }
});

test('an alarm that is cleared, at any moment, is silent', async () => {
  const cleared = vi.fn();
  const alarm = new TimerAlarm(cleared);
  alarm.set(1);
  // Due, and in its last turn.
  setTimeout(() => alarm.clear(), 1);
  standStill(5);
  const later = vi.fn();
  new TimerAlarm(later).set(1);
  await until(() => later.mock.calls.length > 0);
  expect(cleared).not.toHaveBeenCalled();
});

test('an alarm that is put back has its whole time again', async () => {
  const order: string[] = [];
  const first = new TimerAlarm(() => order.push('first'));
  const second = new TimerAlarm(() => order.push('second'));
  first.set(20);
  second.set(20);
  expect(first.putBack()).toBe(true);
  await until(() => order.length === 2);
  expect(order).toEqual(['second', 'first']);
});
