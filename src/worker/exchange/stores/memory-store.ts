import { Result } from '../../../shared/enums.ts';
import type { Failure } from '../../../shared/failure.ts';
import type { Later } from '../../connection/event-loop.ts';
import { bodyTooLarge, noMemory } from '../results.ts';
import type { BodyStore, StoreOwner } from './body-store.ts';

/** What a {@link MemoryStore} works with. */
export interface MemoryStoreOptions {
  /** The most bytes that the body may have. */
  readonly limit: number;
  /** The announced bytes of the body, -1 if that is not known. Memory for more is never allocated. */
  readonly announced: number;
  readonly later: Later;
}

/**
 * Keeps a body in memory. The memory grows with the bytes that have come, never with what was announced, and ends as
 * one ArrayBuffer of its own. A body beyond the limit is a failure.
 *
 *     #old    |moved| to be moved     |
 *     #bytes  |moved|                 | came since | free |
 *
 * When it grows, the memory becomes twice as large. The old content moves over bit by bit, while as many new bytes
 * come. So no turn of the event loop copies more than a few MiB, however large the body is. To copy 128 MiB at once
 * would stop all connections of the thread for 0.1 s.
 */
export class MemoryStore implements BodyStore {
  readonly pending = 0;
  readonly #owner: StoreOwner;
  readonly #limit: number;
  readonly #most: number;
  readonly #later: Later;
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #length = 0;
  #old: Uint8Array<ArrayBuffer> = NOTHING;
  #moved = 0;
  #closed = false;

  constructor({ limit, announced, later }: MemoryStoreOptions, owner: StoreOwner) {
    this.#owner = owner;
    this.#limit = limit;
    this.#most = announced < 0 ? limit : announced;
    this.#later = later;
  }

  /** Memory for bytes that may be kept. It is also empty if there is no memory: then `add()` reports that. */
  region(most: number): Uint8Array {
    const count = Math.min(most, PIECE, this.#limit - this.#length);
    if (count <= 0 || !this.#makeRoom(count)) return NOTHING;
    return this.#bytes.subarray(this.#length, Math.min(this.#length + most, this.#limit));
  }

  commit(count: number): void {
    this.#length += count;
    this.#move(count);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const count = end - start;
    const length = this.#length + count;
    if (length > this.#limit) this.#fail(Result.BODY_SIZE_LIMIT_EXCEEDED, bodyTooLarge(length, this.#limit));
    else if (!this.#makeRoom(count)) this.#fail(Result.CONNECTION_ERROR, noMemory(length));
    else {
      this.#bytes.set(bytes.subarray(start, end), this.#length);
      this.commit(count);
    }
  }

  #makeRoom(count: number): boolean {
    const least = this.#length + count;
    if (least <= this.#bytes.length) return true;
    const size = Math.max(2 * this.#bytes.length, FIRST);
    return this.#replace(Math.max(least, Math.min(size, this.#most)));
  }

  /** Replaces the memory by one of another size. Returns false if there is no memory. */
  #replace(size: number): boolean {
    let made: Uint8Array<ArrayBuffer>;
    try {
      made = new Uint8Array(size);
    } catch {
      return false;
    }
    this.#move(this.#old.length);
    this.#old = this.#bytes.subarray(0, this.#length);
    this.#bytes = made;
    return true;
  }

  /** Moves `count` bytes, or a few more. */
  #move(count: number): void {
    const { length } = this.#old;
    if (length === 0) return;
    const to = Math.min(length, this.#moved + count + FEW);
    this.#bytes.set(this.#old.subarray(this.#moved, to), this.#moved);
    this.#moved = to === length ? 0 : to;
    if (to === length) this.#old = NOTHING;
  }

  /** Memory that is too large is replaced by memory of the right size. */
  end(): void {
    if (this.#closed) return;
    this.#move(PIECE);
    if (this.#old.length > 0) this.#later(() => this.end());
    else if (this.#length === this.#bytes.length) this.#give();
    else if (this.#replace(this.#length)) this.end();
    else this.#fail(Result.CONNECTION_ERROR, noMemory(this.#length));
  }

  #give(): void {
    const body = this.#bytes;
    this.close();
    this.#owner.onStored(body);
  }

  #fail(result: Result, failure: Failure): void {
    this.close();
    this.#owner.onStoreFailed(result, failure);
  }

  close(): void {
    this.#closed = true;
    this.#bytes = NOTHING;
    this.#old = NOTHING;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes of the first piece of memory. */
const FIRST = 16_384;

/** Bytes: the room that is made at once for a direct read, at most; and what is moved in a turn at the end. */
const PIECE = 2 ** 20;

/** Bytes that are moved at once at least. */
const FEW = 65_536;
