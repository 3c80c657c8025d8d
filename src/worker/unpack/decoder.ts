/** What a body can be packed with (RFC 9110 section 8.4.1). `x-gzip` is the same as gzip. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/**
 * Unpacks a body. It works when somebody reads: it unpacks only a bounded piece in advance, however much the packed
 * bytes may become. It is used on the worker's thread. No method waits or throws.
 */
export interface Decoder {
  /** Takes packed bytes, which belong to the decoder from now on. Not to be called after `end()`. */
  write(packed: Uint8Array): void;
  /** No more packed bytes come. If something is missing, that is an error. */
  end(): void;
  /** Packed bytes that were written and not used yet. */
  readonly pending: number;
  /** The next unpacked bytes, at most `most` of them; they belong to the caller. Null: nothing is ready now. */
  read(most: number): Uint8Array | null;
  /** After `end()`: everything was unpacked and read. */
  readonly finished: boolean;
  /** Frees what it uses. There are no more events. */
  close(): void;
}

/** The events of a {@link Decoder}. They never come inside a call of one of its methods. */
export interface DecoderEvents {
  /** There may be something to read, or less is pending, or it is finished. */
  onProgress(): void;
  /** The packed bytes are invalid or incomplete. It is the last event. */
  onError(error: unknown): void;
}

/** A platform's decoders. */
export interface Unpacking {
  /** The codings that `decoder()` supports, in the order in which they are sent to servers. */
  readonly codings: readonly Coding[];
  /** A decoder for one coding. */
  decoder(coding: Coding, events: DecoderEvents): Decoder;
  /**
   * Unpacks at once. For small bodies, which another thread would only delay. Null if a decoder must do it: because the
   * result would have more than `most` bytes, or it would take long, or there are several codings. Throws if the bytes
   * are not packed like that.
   */
  unpackNow(packed: Uint8Array, codings: readonly Coding[], most: number): Uint8Array | null;
}
