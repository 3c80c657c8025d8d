import { expect, test } from 'vitest';
import { allocate, copyBytes } from '../../src/shared/copy.ts';

const pattern = (bytes: Uint8Array) => {
  for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 31 + 1) & 255;
  return bytes;
};

test.each([0, 1, 255, 256, 257, 4096, 70_001])(
  '%i bytes arrive, and only they, however the two are aligned',
  (size) => {
    const shared = pattern(new Uint8Array(new SharedArrayBuffer(size + 16)));
    for (const from of [0, 1, 4, 7]) {
      for (const to of [0, 1, 5, 8]) {
        const source = shared.subarray(from, from + size);
        for (const memory of [new ArrayBuffer(size + 16), new SharedArrayBuffer(size + 16)]) {
          const target = new Uint8Array(memory);
          copyBytes(target, to, source);
          expect(Buffer.compare(target.subarray(to, to + size), source)).toBe(0);
          expect([...target.subarray(0, to), ...target.subarray(to + size)]).toEqual(new Array(16).fill(0));
        }
      }
    }
  },
);

test.each([0, 1, 256, 65_536])('memory of %i bytes is an array of its own, and no Buffer', (size) => {
  const memory = allocate(size);
  expect(memory.constructor).toBe(Uint8Array);
  expect([memory.length, memory.byteOffset, memory.buffer.byteLength]).toEqual([size, 0, size]);
});
