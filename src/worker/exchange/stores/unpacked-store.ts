import { Result } from '../../../shared/enums.ts';
import type { Failure } from '../../../shared/failure.ts';
import { chain } from '../../unpack/chain.ts';
import type { Coding, Decoder, DecoderEvents, Unpacking } from '../../unpack/decoder.ts';
import { notUnpacked } from '../../unpack/not-unpacked.ts';
import { bodyTooLarge } from '../results.ts';
import { type BodyStore, NO_STORE, type StoreOwner } from './body-store.ts';

/** What an {@link UnpackedStore} has to unpack. */
export interface PackedBody {
  readonly codings: readonly Coding[];
  readonly unpacking: Unpacking;
  readonly limit: number;
}

/**
 * Unpacks a body on its way into another store. A small body is unpacked at once when it is complete, which is cheaper
 * than a decoder of its own; a larger one as it comes, by libuv's threads in Node.
 */
export class UnpackedStore implements BodyStore, StoreOwner, DecoderEvents {
  readonly #codings: readonly Coding[];
  readonly #unpacking: Unpacking;
  readonly #owner: StoreOwner;
  /** The store behind this one. It may fail while it is being made. */
  #inner: BodyStore = NO_STORE;
  /** Null while the body is small, and when it has been unpacked. */
  #decoder: Decoder | null = null;
  /** The packed bytes that have come while the body is small, in memory that grows with them. */
  #small = NOTHING;
  #length = 0;
  readonly #limit: number;
  /** The most packed bytes that are accepted. */
  readonly #most: number;
  #packed = 0;
  #closed = false;

  /**
   * `inner` makes the store behind this one, for an owner. `limit`: the most unpacked bytes. The packed bytes may be a
   * few more than that. They need a limit too, since an endless packed body may never unpack to anything.
   */
  constructor(
    { codings, unpacking, limit }: PackedBody,
    inner: (owner: StoreOwner) => BodyStore,
    owner: StoreOwner,
  ) {
    this.#codings = codings;
    this.#limit = limit;
    this.#most = limit + limit / 64 + SMALL;
    this.#unpacking = unpacking;
    this.#owner = owner;
    this.#inner = inner(this);
  }

  get pending(): number {
    return this.#decoder?.pending ?? 0;
  }

  /** Always empty: packed bytes are copied, because the decoder uses them later. */
  region(): Uint8Array {
    return NOTHING;
  }

  commit(): void {}

  add(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    this.#packed += end - start;
    if (this.#packed > this.#most) {
      const failure = bodyTooLarge(this.#packed, this.#limit);
      this.onStoreFailed(Result.BODY_SIZE_LIMIT_EXCEEDED, failure);
      return;
    }
    const length = this.#length + (end - start);
    if (this.#decoder || length > SMALL) {
      this.#start().write(bytes.slice(start, end));
      return;
    }
    if (length > this.#small.length) {
      const larger = new Uint8Array(Math.min(SMALL, Math.max(length, 2 * this.#length)));
      larger.set(this.#small);
      this.#small = larger;
    }
    this.#small.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
  }

  #start(): Decoder {
    if (this.#decoder) return this.#decoder;
    const decoder = chain(this.#codings, this.#unpacking, this);
    this.#decoder = decoder;
    decoder.write(this.#small.subarray(0, this.#length));
    this.#small = NOTHING;
    return decoder;
  }

  end(): void {
    if (this.#closed) return;
    if (this.#decoder || !this.#unpackNow()) this.#start().end();
  }

  /** Returns false if it can't be done at once: a decoder must do it. */
  #unpackNow(): boolean {
    try {
      const bytes = this.#unpacking.unpackNow(
        this.#small.subarray(0, this.#length),
        this.#codings,
        MOST_AT_ONCE,
      );
      if (bytes === null) return false;
      this.#inner.add(bytes, 0, bytes.length);
      this.#inner.end();
    } catch (error) {
      this.onError(error);
    }
    return true;
  }

  onProgress(): void {
    const decoder = this.#decoder;
    if (decoder === null) return;
    while (this.#inner.pending < MOST_PENDING) {
      const bytes = decoder.read(PIECE);
      if (bytes === null) break;
      this.#inner.add(bytes, 0, bytes.length);
      if (this.#closed) return;
    }
    if (decoder.finished) {
      this.#decoder = null;
      decoder.close();
      this.#inner.end();
    } else this.#owner.onRoom();
  }

  onError(error: unknown): void {
    this.onStoreFailed(Result.BODY_DECOMPRESS_FAILED, notUnpacked(this.#codings, error));
  }

  onRoom(): void {
    this.onProgress();
  }

  onStored(body: Uint8Array<ArrayBuffer>): void {
    this.#closed = true;
    this.#owner.onStored(body);
  }

  onStoreFailed(result: Result, failure: Failure): void {
    if (this.#closed) return;
    this.close();
    this.#owner.onStoreFailed(result, failure);
  }

  close(): void {
    this.#closed = true;
    this.#decoder?.close();
    this.#decoder = null;
    this.#small = NOTHING;
    this.#inner.close();
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Bytes. So many packed bytes are unpacked at once, if they unpack to no more than MOST_AT_ONCE, and the thread has
 * time for it.
 */
const SMALL = 65_536;
const MOST_AT_ONCE = 2 ** 19;

/** Bytes that are taken from a decoder at once, and that may wait to be stored. */
const PIECE = 65_536;
const MOST_PENDING = 2 ** 20;
