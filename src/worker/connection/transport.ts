/**
 * How a reader wants to go on: at once, in the next turn of the event loop, or not before `resume()`. What is on its
 * way comes all the same.
 */
export type Pace = 'on' | 'yield' | 'stop';

/**
 * Who reads a {@link Transport}: every byte, then `ended()` or `failed()`. More of `failed()` may follow, as a stream
 * that has ended is closed, too: the reader knows what is news.
 */
export interface TransportReader {
  /** What it reads is an answer, which may still come to its end. */
  readonly answering: boolean;
  /** Where the next read goes. Asked for in advance, and as often as the transport likes. */
  buffer(): Uint8Array;
  /** `count` bytes are in the last `buffer()`, be it that of the reader before. */
  read(count: number, buffer: Uint8Array): Pace;
  /** The peer sends nothing more. `cut`: it did not say goodbye, where the protocol has a word for it (TLS). */
  ended(cut: boolean): void;
  failed(error: unknown): void;
  /** The system has taken so many more bytes of what `write()` was given. */
  streamed(count: number): void;
  /** It has taken all of them, and the FIN behind them. */
  shut(): void;
}

/**
 * How bytes come and go: a socket, TLS over one, a stream of the caller's; dialled here, or handed over by another
 * client. It is up from the beginning, and plaintext to who uses it.
 *
 * It has one reader at a time, and tells it everything as it happens, on the worker's thread; after `destroy()`
 * nothing. No method waits or throws: what goes wrong comes as `failed()`.
 */
export interface Transport {
  /** Bytes of plaintext; 0 once it was destroyed, as who did that has counted them. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes that `write()` was given, and that the system has not taken. */
  readonly unsent: number;
  /** It was destroyed, or has failed. After a failed write it lives on while there may be something to read. */
  readonly dead: boolean;
  /** The system has taken everything that `put()` and `write()` were given. */
  readonly flushed: boolean;
  /** Whether bytes can still be sent, or are on their way, when the peer sends nothing more. */
  readonly outlivesReading: boolean;

  /** From here on it is another's. If it has ended, the new reader is told so before this returns. */
  handTo(reader: TransportReader): void;
  /** The reader goes on. It may say so without having stopped. */
  resume(): void;
  /**
   * It was stopped a moment ago, so what the peer has sent by now may not be read yet. When this says so, it will be a
   * turn of the event loop later, or this says it again.
   */
  isCatchingUp(): boolean;

  /**
   * Hands `data` to the system at once, together and in order; behind what was written, if it was flushed. `taken` is
   * called when the system has it, and never if that fails.
   */
  put(data: readonly (string | Uint8Array)[], taken?: () => void): void;
  /** Sends bytes of a stream, in pieces, and tells by `streamed()` how they go. */
  write(bytes: Uint8Array): void;
  /** Hands all that was written to the system, so that something can be put behind it. */
  flush(): void;
  /** Sends what was written, then FIN. */
  end(): void;
  destroy(): void;
}
