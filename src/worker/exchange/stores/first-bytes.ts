import type { BodyStore } from './body-store.ts';

/**
 * Gives a store only the first `most` bytes of a body. If there are more, it tells the store that the body is complete.
 */
export class FirstBytes implements BodyStore {
  readonly #store: BodyStore;
  #left: number;
  #ended = false;

  constructor(store: BodyStore, most: number) {
    this.#store = store;
    this.#left = most;
  }

  get pending(): number {
    return this.#store.pending;
  }

  region(most: number): Uint8Array {
    return this.#store.region(Math.min(most, this.#left));
  }

  commit(count: number): void {
    this.#left -= count;
    this.#store.commit(count);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + this.#left);
    this.#left -= stop - start;
    this.#store.add(bytes, start, stop);
    if (stop < end) this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#store.end();
  }

  close(): void {
    this.#store.close();
  }
}
