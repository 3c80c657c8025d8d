import { expect, test } from 'vitest';
import { Pulse } from '../../../src/main/pool/pulse.ts';

/** Whether a pulse with a limit of a second has stopped at the end of these looks. */
type Look = readonly [beat: number, now: number];

function stopped(...looks: readonly Look[]): boolean {
  return lookAt(false, looks);
}

function lookAt(started: boolean, looks: readonly Look[]): boolean {
  const pulse = new Pulse(1000, started);
  return looks.map(([beat, now]) => pulse.stopped(beat, now)).at(-1) ?? false;
}

test('a heart that beats has not stopped, however rarely it is looked at', () => {
  expect(stopped([1, 10], [2, 5000], [3, 100_000])).toBe(false);
});

test('a heart that several looks over the whole limit found unmoved has stopped', () => {
  expect(stopped([7, 10], [7, 300], [7, 600], [7, 900], [7, 1200])).toBe(true);
  expect(stopped([7, 10], [7, 300], [7, 600], [7, 900], [8, 1200])).toBe(false);
});

test('one long pause of the caller proves nothing', () => {
  expect(stopped([7, 10], [7, 100_000])).toBe(false);
  expect(stopped([7, 10], [7, 100_000], [7, 100_001], [7, 100_002], [7, 100_003])).toBe(false);
});

test('a thread that has not begun to beat has time to start', () => {
  expect(stopped([0, 10], [0, 300], [0, 600], [0, 900], [0, 1200])).toBe(false);
  expect(stopped([0, 10], [0, 5000], [0, 10_000], [0, 14_000], [0, 16_000])).toBe(true);
  expect(
    lookAt(true, [
      [0, 10],
      [0, 300],
      [0, 600],
      [0, 900],
      [0, 1200],
    ]),
  ).toBe(true);
});
