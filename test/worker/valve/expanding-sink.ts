import type { BodySink } from '../../../src/worker/sinks/body-sink.ts';

const MOST = 3;

const EXPANDED = Array.from({ length: 256 }, (_, byte) =>
  Array.from({ length: 1 + (byte % MOST) }, (_, index) => (byte + index * 85) & 255),
);

/** What an {@link ExpandingSink} makes of a byte: up to three. */
export function expand(byte: number): readonly number[] {
  return EXPANDED[byte] ?? [];
}

/** Stands before another sink, and changes what passes. */
export class ExpandingSink implements BodySink {
  readonly #next: BodySink;
  readonly capacity: number;
  readonly #input: Uint8Array;

  constructor(next: BodySink) {
    this.#next = next;
    this.capacity = Math.floor(next.capacity / MOST);
    this.#input = new Uint8Array(this.capacity);
  }

  free(): number {
    return Math.floor(this.#next.free() / MOST);
  }

  region(most: number): Uint8Array {
    return this.#input.subarray(0, Math.min(most, this.free()));
  }

  commit(count: number): void {
    this.body(this.#input, 0, count);
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    const expanded: number[] = [];
    for (const byte of bytes.subarray(start, end)) expanded.push(...expand(byte));
    this.#next.body(Uint8Array.from(expanded), 0, expanded.length);
  }

  publish(): boolean {
    return this.#next.publish();
  }

  notify(): void {
    this.#next.notify();
  }

  park(): boolean {
    return this.#next.park();
  }
}
