import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LateNotify } from '../../../src/worker/valve/late-notify.ts';

test('a sleeping caller is woken when a turn of the loop has brought nothing more', async () => {
  let woken = 0;
  const notify = () => {
    woken += 1;
  };
  const lateNotify = new LateNotify({ notify }, setImmediate);
  for (let read = 0; read < 5; read++) {
    lateNotify.schedule();
    lateNotify.schedule();
    await turn();
    expect(woken).toBe(0);
  }
  await turn();
  expect(woken).toBe(1);
  await turn();
  await turn();
  expect(woken).toBe(1);
});
