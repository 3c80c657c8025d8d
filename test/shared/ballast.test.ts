import { expect, test } from 'vitest';
import { Ballast } from '../../src/shared/ballast.ts';

const MEBIBYTE = 2 ** 20;
const RING = 4 * MEBIBYTE;

/** By how much what the collector counts grows while `act` runs. */
function counted(act: () => void): number {
  const before = process.memoryUsage().arrayBuffers;
  act();
  return process.memoryUsage().arrayBuffers - before;
}

test('an eighth of the shared memory that is held counts', () => {
  const ballast = new Ballast();
  const owners = Array.from({ length: 200 }, () => ({}));
  const bytes = counted(() => owners.forEach((owner) => void ballast.add(owner, RING)));
  expect(bytes / MEBIBYTE).toBeGreaterThan(60);
  expect(bytes / MEBIBYTE).toBeLessThan(120);
  expect(owners).toHaveLength(200);
});

test('what was let go of does not', () => {
  const ballast = new Ballast();
  const bytes = counted(() => {
    for (let client = 0; client < 1000; client++) {
      ballast.add({}, RING);
      ballast.remove(RING);
    }
  });
  expect(bytes).toBeLessThan(MEBIBYTE);
});
