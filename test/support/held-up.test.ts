import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Call, unlessHeldUp } from './held-up.ts';

/** Runs what always fails; returns the factors that it got. */
async function factorsOf(calls: readonly Call[], most: number, meanwhile: () => unknown): Promise<number[]> {
  const got: number[] = [];
  const running = unlessHeldUp(calls, most, async (factor) => {
    got.push(factor);
    await sleep(30);
    await meanwhile();
    throw new Error(`failed ${factor}`);
  });
  await expect(running).rejects.toThrow('failed');
  await expect(running).rejects.toThrow(`failed ${got.at(-1)}`);
  return got;
}

const ALWAYS = [1, 2, 4, 8];
/** Milliseconds that no machine stands still. */
const NEVER = 1e9;

test('what holds runs once', async () => {
  const got: number[] = [];
  await unlessHeldUp([], 0, async (factor) => void got.push(factor));
  expect(got).toEqual([1]);
});

test('a failure counts at once where nothing was held up', async () => {
  expect(await factorsOf([async () => {}], NEVER, () => {})).toEqual([1]);
});

test('where this thread was, it runs again, and the last failure counts', async () => {
  const stand = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  expect(await factorsOf([], 10, stand)).toEqual(ALWAYS);
});

test.each([
  ['while it is called', 400, () => sleep(150)],
  ['before it is over', 200, () => sleep(300)],
])('where another thread was, too, %s', async (_when, held, meanwhile) => {
  const calls = [() => sleep(held)];
  expect(await factorsOf(calls, 15, meanwhile)).toEqual(ALWAYS);
});

test('of a thread that is gone nothing is heard', async () => {
  expect(await factorsOf([() => Promise.reject(new Error('gone'))], NEVER, () => {})).toEqual([1]);
});
