import { Result } from '../../../shared/enums.ts';
import type { Failure } from '../../../shared/failure.ts';
import { bodyTooLarge, noMemory } from '../results.ts';
import type { BodyStore, StoreOwner } from './body-store.ts';

/** How much a {@link MemoryStore} keeps. */
export interface MemoryBounds {
  /** Bytes of the body that are kept. */
  readonly limit: number;
  /** What the body is going to have, -1 if that is not known. Memory for more is never made. */
  readonly announced: number;
}

/**
 * Keeps a body in memory: it grows with what has come, never with what was announced, and ends as one ArrayBuffer of
 * its own. A body beyond the limit is no result.
 */
export class MemoryStore implements BodyStore {
  readonly pending = 0;
  readonly #owner: StoreOwner;
  readonly #limit: number;
  readonly #most: number;
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #length = 0;
  #closed = false;

  constructor({ limit, announced }: MemoryBounds, owner: StoreOwner) {
    this.#owner = owner;
    this.#limit = limit;
    this.#most = announced < 0 ? limit : announced;
  }

  /** Of those bytes that may be kept. Empty also where there is no memory, which `add()` then tells. */
  region(most: number): Uint8Array {
    const count = Math.min(most, PIECE, this.#limit - this.#length);
    if (count <= 0 || !this.#makeRoom(count)) return NOTHING;
    return this.#bytes.subarray(this.#length, Math.min(this.#length + most, this.#limit));
  }

  commit(count: number): void {
    this.#length += count;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const length = this.#length + (end - start);
    if (length > this.#limit) this.#fail(Result.BODY_SIZE_LIMIT_EXCEEDED, bodyTooLarge(length, this.#limit));
    else if (!this.#makeRoom(end - start)) this.#fail(Result.CONNECTION_ERROR, noMemory(length));
    else {
      this.#bytes.set(bytes.subarray(start, end), this.#length);
      this.#length = length;
    }
  }

  #makeRoom(count: number): boolean {
    const least = this.#length + count;
    if (least <= this.#bytes.length) return true;
    const size = Math.max(2 * this.#bytes.length, FIRST);
    const grown = tryTo(() => new Uint8Array(Math.max(least, Math.min(size, this.#most))));
    grown?.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown ?? this.#bytes;
    return grown !== null;
  }

  /** What was made too large is copied. */
  end(): void {
    if (this.#closed) return;
    const whole = this.#length === this.#bytes.length;
    const body = whole ? this.#bytes : tryTo(() => this.#bytes.slice(0, this.#length));
    if (body === null) this.#fail(Result.CONNECTION_ERROR, noMemory(this.#length));
    else {
      this.close();
      this.#owner.onStored(body);
    }
  }

  #fail(result: Result, failure: Failure): void {
    this.close();
    this.#owner.onStoreFailed(result, failure);
  }

  close(): void {
    this.#closed = true;
    this.#bytes = NOTHING;
  }
}

/** Null: there is no memory. */
function tryTo(allocate: () => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  try {
    return allocate();
  } catch {
    return null;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes of the first piece of memory, and of the largest that is read into at once. */
const FIRST = 16_384;
const PIECE = 2 ** 20;
