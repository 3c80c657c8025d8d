/**
 * When a reader wants to read on: at once, in the next turn of the event loop, or not before `resume()`. Bytes that are
 * already on their way come anyway.
 */
export type Pace = 'on' | 'yield' | 'stop';

/**
 * Reads a {@link Transport}: it gets every byte, then `ended()` or `failed()`. Further calls of `failed()` may follow,
 * since a stream that has ended is also closed. The reader has to ignore those that tell it nothing new.
 */
export interface TransportReader {
  /** It is reading an answer, which may still be completed. */
  readonly answering: boolean;
  /** Where the next read goes. The transport asks in advance, and as often as it likes. */
  buffer(): Uint8Array;
  /** `count` bytes are in the last `buffer()`, which may be that of the previous reader. */
  read(count: number, buffer: Uint8Array): Pace;
  /**
   * The peer sends nothing more. `cut`: the peer did not confirm the end, though the protocol (TLS) has a way to do so.
   */
  ended(cut: boolean): void;
  failed(error: unknown): void;
  /** The system has taken `count` more of the bytes that were given to `write()`. */
  streamed(count: number): void;
  /** The system has taken all of these bytes, and the FIN behind them. */
  shut(): void;
}

/**
 * How bytes come and go: a socket, TLS over a socket, or a stream of the caller's; dialled here, or handed over by
 * another client. It is open from the beginning, and its users see only plaintext.
 *
 * It has one reader at a time, and tells it everything as it happens, on the worker's thread. After `destroy()` it
 * tells nothing. No method waits or throws: errors come as `failed()`.
 */
export interface Transport {
  /** Bytes of plaintext; 0 after `destroy()`, since its caller has counted them. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes that were given to `write()`, and that the system has not taken. */
  readonly unsent: number;
  /** It was destroyed, or has failed. After a failed write it stays alive while there may be something to read. */
  readonly dead: boolean;
  /** The system has taken everything that was given to `put()` and `write()`. */
  readonly flushed: boolean;
  /** Whether bytes can still be sent, or are on their way, when the peer sends nothing more. */
  readonly outlivesReading: boolean;

  /** From now on `reader` is its reader. If the transport has ended, the new reader is told so before this returns. */
  handTo(reader: TransportReader): void;
  /** The reader wants to read on. It may call this without having stopped. */
  resume(): void;
  /**
   * Whether the transport was stopped a moment ago, so that bytes which the peer has already sent may not be read yet.
   * If true, they will be read a turn of the event loop later, or this returns true again.
   */
  isCatchingUp(): boolean;

  /**
   * Hands `data` to the system at once, together and in order. It comes behind what was written, if that was flushed.
   * `done` is called when nothing reads the data's memory any more. `taken`: the system has taken all of it.
   */
  put(data: readonly (string | Uint8Array)[], done?: (taken: boolean) => void): void;
  /** Sends bytes of a stream, in pieces, and reports progress by `streamed()`. */
  write(bytes: Uint8Array): void;
  /** Hands all that was written to the system, so that something can be put behind it. */
  flush(): void;
  /** Sends what was written, then FIN. */
  end(): void;
  destroy(): void;
}
