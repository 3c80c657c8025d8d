import { expect, test } from 'vitest';
import { EndReasons } from '../../src/shared/end-reasons.ts';

test('why a thread ended, others read in the same memory; the first reason stays', () => {
  const caller = new EndReasons();
  const worker = new EndReasons(caller.shared);
  expect(caller.of(7)).toBeNull();
  worker.write(7, 'grüße');
  worker.write(7, 'it exited with code 1');
  worker.write(8, '');
  expect([caller.of(7), caller.of(8), caller.of(9)]).toEqual(['grüße', '', null]);
});

test('a long text is cut behind a character', () => {
  const reasons = new EndReasons();
  reasons.write(1, 'aü'.repeat(100_000));
  const cut = reasons.of(1);
  expect(cut).toMatch(/^(?:aü)+a?$/);
  reasons.write(2, 'the next slot');
  expect([reasons.of(1), reasons.of(2)]).toEqual([cut, 'the next slot']);
});

test('as many threads are remembered as a pool can have, the last ones', () => {
  const reasons = new EndReasons();
  for (let id = 1; id <= 200; id++) reasons.write(id, `${id}`);
  expect(reasons.of(136)).toBeNull();
  for (let id = 137; id <= 200; id++) expect(reasons.of(id)).toBe(`${id}`);
});
