import { describe, expect, test } from 'vitest';
import { RecordType } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import { KINDS, makeLogIn } from '../../support/make-log.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';

/** What one record is worth to the verifier: body bytes count up, everything else is itself. */
type Seen = number | readonly [type: number, a: number, b: number, payload: string];

const RINGS = KINDS.flatMap(([kind, create]) =>
  [64, 128, 256, 4096].map((capacity) => [kind, capacity, create] as const),
);

describe.each(RINGS)('laps in %s memory, round a ring of %i bytes', (_kind, capacity, create) => {
  // Cursors pass 2^31 and 2^32 on the way, where signs turn and sums overflow.
  test.each([0, 0x7fff_fe00, -512])('from cursor %i: every byte and record once, in order', (cursor) => {
    const seed = freshSeed();
    const random = randomFrom(seed);
    const { writer, reader } = makeLogIn(new Memory(create(capacity)), cursor);
    const written: Seen[] = [];
    const read: Seen[] = [];
    let next = 0;

    const write = () => {
      if (random(3) === 0) {
        const payload = Uint8Array.from({ length: random(capacity / 4) }, () => random(256));
        if (16 + payload.length > writer.free()) return;
        const type = random(2) === 0 ? RecordType.HEAD : RecordType.TRAILERS;
        writer.record(type, next, -next, payload);
        written.push([type, next, 0 - next, payload.toString()]);
      } else {
        const region = writer.region(1 + random(capacity));
        const used = random(region.length + 1);
        for (let index = 0; index < used; index++) {
          written.push(next);
          region[index] = next++ & 255;
        }
        writer.commit(used);
      }
    };
    const take = () => {
      const type = reader.peek();
      if (type === RecordType.NONE) return;
      if (type === RecordType.BODY) {
        const target = new Uint8Array(1 + random(capacity));
        const expected = reader.bodyBytes(target.length);
        const copied =
          random(2) === 0 ? reader.copyBody(target, 0) : copy(reader.borrowBody(target.length), target);
        expect(copied).toBeLessThanOrEqual(expected);
        read.push(...target.subarray(0, copied));
      } else {
        read.push([type, reader.a, reader.b, reader.payload().toString()]);
        reader.next();
      }
    };
    for (let step = 0; step < 4000; step++) {
      [write, write, () => writer.publish(), take, take, () => reader.release()][random(6)]?.();
    }
    writer.publish();
    while (reader.peek() !== RecordType.NONE) take();

    const expected = written.map((seen) => (typeof seen === 'number' ? seen & 255 : seen));
    expect(read, `TICKHTTP_SEED=${seed}`).toEqual(expected);
    expect(read.length).toBeGreaterThan(100);
  });
});

function copy(from: Uint8Array, to: Uint8Array): number {
  to.set(from);
  return from.length;
}
