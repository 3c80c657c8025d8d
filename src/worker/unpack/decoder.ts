/** What a body can be packed with (RFC 9110 section 8.4.1), `x-gzip` being gzip. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/**
 * Unpacks a body. It works when somebody reads: of what nobody takes only a bounded piece is made in advance, however
 * much can be made of the packed bytes. All on the worker's thread; no method waits or throws.
 */
export interface Decoder {
  /** Takes packed bytes, which are the decoder's from here on. Not after `end()`. */
  write(packed: Uint8Array): void;
  /** No more packed bytes come. If something is missing, that is an error. */
  end(): void;
  /** Packed bytes that were written and not used yet. */
  readonly pending: number;
  /** The next unpacked bytes, at most `most` of them; they are the caller's. Null: nothing is ready now. */
  read(most: number): Uint8Array | null;
  /** After `end()`: all was unpacked, and read. */
  readonly finished: boolean;
  /** Frees what it uses. Nothing is heard of it any more. */
  close(): void;
}

/** What the owner of a {@link Decoder} hears, never inside one of its calls. */
export interface DecoderEvents {
  /** There may be something to read, or less is pending, or it is finished. */
  onProgress(): void;
  /** The packed bytes are not what they should be, or not all of them. It is the last event. */
  onError(error: unknown): void;
}

/** A platform's decoders. */
export interface Unpacking {
  /** What `decoder()` can be asked for, in the order in which servers are told. */
  readonly codings: readonly Coding[];
  /** For one coding. */
  decoder(coding: Coding, events: DecoderEvents): Decoder;
  /**
   * Unpacks here and now: for small bodies, which a thread of its own would only delay. Null: a decoder must do it, for
   * more than `most` bytes would come of it, or it would take long, or the codings are several.
   * Throws for what is not packed so.
   */
  unpackNow(packed: Uint8Array, codings: readonly Coding[], most: number): Uint8Array | null;
}
