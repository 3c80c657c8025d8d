import { expect, test } from 'vitest';
import { isSame } from '../../../src/main/http-request/same-settings.ts';

const bytes = Uint8Array.of(1);

test.each([
  [1, 1, true],
  [1, 2, false],
  ['a', 'a', true],
  [null, null, true],
  [null, {}, false],
  [{}, null, false],
  [{ a: 1 }, { a: 1 }, true],
  [{ a: 1 }, { a: 2 }, false],
  [{ a: 1 }, { b: 1 }, false],
  [{ a: undefined }, { b: undefined }, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }, true],
  [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 3 }] } }, false],
  [[1, 2], [1, 2], true],
  [[1, 2], [1], false],
  [{ pfx: bytes }, { pfx: bytes }, true],
  // Rather sent once more than compared byte by byte with each request.
  [{ pfx: bytes }, { pfx: Uint8Array.of(1) }, false],
])('%j and %j: %s', (one, other, same) => {
  expect(isSame(one, other)).toBe(same);
});
