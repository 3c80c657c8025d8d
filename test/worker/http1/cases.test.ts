import { describe, expect, test } from 'vitest';
import { type Case, readChapters } from './notation.ts';
import { cut, READINGS, replay } from './replay.ts';

for (const { file, cases } of readChapters(new URL('./cases/', import.meta.url))) {
  describe(file, () => {
    test.each(cases)('$name', (example) => {
      expectEvents(example, 'whole', []);
      const everywhere = Array.from(
        { length: Math.max(0, example.bytes.length - 1) },
        (_, index) => index + 1,
      );
      expectEvents(example, 'byte by byte', everywhere);
      for (const index of everywhere) expectEvents(example, `split before byte ${index}`, [index]);
    });
  });
}

function expectEvents({ request, bytes, events }: Case, how: string, indices: readonly number[]): void {
  for (const reading of READINGS) {
    expect(replay(request, cut(bytes, ...indices), reading), `${how}, body ${reading}`).toBe(events);
  }
}
