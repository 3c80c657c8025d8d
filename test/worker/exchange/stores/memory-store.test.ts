import { describe, expect, onTestFinished, test } from 'vitest';
import { Result } from '../../../../src/shared/enums.ts';
import { MemoryStore } from '../../../../src/worker/exchange/stores/memory-store.ts';
import { checkPattern, fillPattern } from '../../../support/pattern.mjs';
import { randomFrom } from '../../../support/random.mjs';

/** A store, its turns of the event loop, and what it copies of its own memory in each call and turn. */
class Kept {
  readonly turns: (() => void)[] = [];
  readonly results: unknown[] = [];
  readonly store: MemoryStore;
  copied = 0;
  given: ArrayBufferLike | null = null;

  constructor(limit: number, announced: number) {
    const later = (act: () => void): void => void this.turns.push(act);
    this.store = new MemoryStore(
      { limit, announced, later },
      {
        onRoom: () => {},
        onStored: (body) => void this.results.push(body),
        onStoreFailed: (result) => void this.results.push(result),
      },
    );
    const { set } = Uint8Array.prototype;
    const count = (length: number): void => {
      this.copied += length;
    };
    const isGiven = (buffer: unknown): boolean => buffer === this.given;
    Uint8Array.prototype.set = function (from: Uint8Array, at?: number): void {
      if (!isGiven(from.buffer)) count(from.length);
      set.call(this, from, at);
    };
    onTestFinished(() => {
      Uint8Array.prototype.set = set;
    });
  }

  /** Bytes that `act` has copied. */
  copies(act: () => void): number {
    this.copied = 0;
    act();
    return this.copied;
  }
}

describe('a body in memory', () => {
  test.for([1, 2, 3, 4, 5, 6])('in random pieces, seed %i: no call copies much more than it gets', (seed) => {
    const below = randomFrom(seed);
    const whole = (from: number, to: number): number => from + below(to - from + 1);
    const length = [0, 1, 16_384, 70_000, 5_000_000, 40_000_000][seed - 1] ?? 0;
    const announced = whole(0, 1) === 0 ? -1 : length;
    const kept = new Kept(2 ** 26, announced);
    const body = fillPattern(Buffer.alloc(length));
    kept.given = body.buffer;
    for (let at = 0; at < length; ) {
      const count = Math.min(length - at, whole(1, 300_000));
      const direct = whole(0, 1) === 0;
      const copied = kept.copies(() => {
        const region = direct ? kept.store.region(count) : null;
        if (region === null || region.length < count) kept.store.add(body, at, at + count);
        else {
          region.set(body.subarray(at, at + count));
          kept.store.commit(count);
        }
      });
      expect(copied).toBeLessThanOrEqual(2 * count + 2 ** 18);
      at += count;
    }
    const most = 2 ** 20 + 2 ** 17;
    expect(kept.copies(() => kept.store.end())).toBeLessThanOrEqual(2 * most);
    for (let act = kept.turns.shift(); act; act = kept.turns.shift())
      expect(kept.copies(act)).toBeLessThanOrEqual(2 * most);
    const [stored] = kept.results;
    if (!(stored instanceof Uint8Array)) throw new Error(`${stored}`);
    expect([stored.length, stored.byteOffset, stored.buffer.byteLength]).toEqual([length, 0, length]);
    checkPattern(stored);
    expect(kept.results.length).toBe(1);
  });

  test('beyond the limit is no result, told once', () => {
    const kept = new Kept(1000, -1);
    kept.store.add(new Uint8Array(1000), 0, 1000);
    expect(kept.results).toEqual([]);
    expect(kept.store.region(100).length).toBe(0);
    kept.store.add(new Uint8Array(1), 0, 1);
    kept.store.add(new Uint8Array(1), 0, 1);
    kept.store.end();
    expect(kept.results).toEqual([Result.BODY_SIZE_LIMIT_EXCEEDED]);
  });

  test('that nobody wants any more is told to nobody, also in the middle of its end', () => {
    const kept = new Kept(2 ** 26, -1);
    for (const length of [10_000_000, 10_000_000, 5_000_000])
      kept.store.add(new Uint8Array(length), 0, length);
    kept.store.end();
    expect(kept.turns.length).toBe(1);
    kept.store.close();
    for (let act = kept.turns.shift(); act; act = kept.turns.shift()) act();
    expect(kept.results).toEqual([]);
  });
});
