import type { Bytes } from '../../shared/copy.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Offer } from '../connection/attachment.ts';
import { bytesOf, requireInteger } from '../options/arguments.ts';
import { brand, internalsOf } from '../options/copies.ts';
import { type CallerStream, type DuplexLike, isDuplex, requireByteStream } from './duplex.ts';

/** What the {@link StreamPeer} of a client stands on. */
export interface ByteStream {
  available(): number;
  read(count: number): [ErrorCode, Uint8Array<ArrayBuffer>];
  readSome(most: number): [ErrorCode, Uint8Array<ArrayBuffer>];
  write(bytes: Uint8Array): ErrorCode;
  writeSome(bytes: Uint8Array): [ErrorCode, number];
  unsent(): number;
  shutdown(): void;
  /** Null where there is no connection that another client could take over. */
  offer(): Offer | null;
}

const KEY = Symbol('StreamPeer');

/** For clients only: what a peer stands on. Throws `TypeError` for anything but a peer. */
export function sourceOf(peer: StreamPeer): ByteStream | CallerStream {
  return internalsOf<ByteStream | CallerStream>('StreamPeer', 'connection', peer);
}

/** For clients only: a peer that stands on this stream. */
export let peerOver: (stream: ByteStream) => StreamPeer;

/**
 * The bytes under an `HTTPClient`: see `HTTPClient.connection`. The first call of one of these methods makes the
 * connection a stream, and the client speaks no more HTTP over it. Another client can, when the connection is given to
 * it.
 *
 * Outside blocking mode nothing here waits. In blocking mode (the client's) `getData` and `putData` sleep, no
 * longer than `timeouts.blocking`. Results are Godot's: an {@link ErrorCode}, or one and a value.
 *
 * - OK.
 * - ERR_BUSY: not now; nothing was read or written. Try again next tick. Also while a response is under way.
 * - ERR_TIMEOUT: the time that blocking mode may sleep is over. Nothing was written; what was read is in the
 *   value.
 * - ERR_FILE_EOF: the other side sends nothing more. What was read is in the value. Sending goes on (see
 *   {@link StreamPeer.shutdown}), unless the connection is one of `fromDuplex` that is not half-open.
 * - ERR_FILE_CANT_WRITE: `shutdown()` was called. Nothing was written.
 * - ERR_OUT_OF_MEMORY: there is no memory for so much. Nothing was written; what was read is in the value,
 *   the rest is still there to be read.
 * - FAILED: there is no connection (any more); `getLastError()` of its client may tell why.
 *
 * https://docs.godotengine.org/en/stable/classes/class_streampeer.html
 */
export class StreamPeer {
  readonly #source: ByteStream | CallerStream;

  private constructor(key: typeof KEY, source: ByteStream | CallerStream) {
    // `private` holds in TypeScript only.
    if (key !== KEY)
      throw new TypeError('Get a StreamPeer from HTTPClient.connection or StreamPeer.fromDuplex()');
    this.#source = source;
  }

  /**
   * Any stream of Node's, for a client to speak HTTP over: `http.connection = StreamPeer.fromDuplex(stream)`. Only that
   * client can then read and write it. Closing the client destroys the stream.
   *
   * The stream's bytes pass the caller's thread, with a message and a copy for each piece, and only while its event
   * loop turns: so this is not for a program that stays in blocking mode. If the stream's `allowHalfOpen` is not true,
   * nothing can be written to it after it has ended: what it has not taken by then is STREAM_TRUNCATED. If it emits an
   * error, or throws one, the connection ends in CONNECTION_ERROR, with the error's code, or STREAM_FAILED if it has
   * none.
   *
   * Throws `TypeError` for anything but a stream of bytes: it must not be in object mode, nor have an encoding set. If
   * an encoding is set later, the connection ends with the code NOT_BYTES. Beyond Godot.
   */
  static fromDuplex(duplex: DuplexLike): StreamPeer {
    if (!isDuplex(duplex)) throw new TypeError('duplex must be a stream that can be read and written');
    requireByteStream(duplex);
    return new StreamPeer(KEY, { stream: duplex });
  }

  /** Bytes that can be read at once; -1 without a connection. Asking makes a stream of it, too. Allocates nothing. */
  getAvailableBytes(): number {
    return this.#stream?.available() ?? -1;
  }

  /**
   * Reads exactly `bytes` bytes, 0 to 2 ** 32, or, if the stream ends before, the rest. Outside blocking mode it is
   * ERR_BUSY until they are there. For more than half of `bufferSize` it is ERR_INVALID_PARAMETER then, since so many
   * may never be there at once. Memory is allocated for what has come, not for what was asked: a mebibyte at first,
   * then twice as much each time.
   */
  getData(bytes: number): [error: ErrorCode, data: Bytes] {
    requireInteger('bytes', bytes, 0, LONGEST_ARRAY);
    return this.#stream?.read(bytes) ?? [ErrorCode.FAILED, NOTHING];
  }

  /**
   * Reads what has come, at most `bytes` bytes, and allocates as much. OK with an empty array if nothing has.
   * Never sleeps.
   */
  getPartialData(bytes: number): [error: ErrorCode, data: Bytes] {
    requireInteger('bytes', bytes, 0, LONGEST_ARRAY);
    return this.#stream?.readSome(bytes) ?? [ErrorCode.FAILED, NOTHING];
  }

  /**
   * Writes all of `bytes`, or nothing: outside blocking mode it is ERR_BUSY while more than a mebibyte would
   * be under way. If nothing is under way any length will do. The bytes are copied before the call returns.
   * OK means that they were accepted: they are sent, or their loss is reported. See {@link getUnsentBytes}.
   */
  putData(bytes: Uint8Array): ErrorCode {
    const plain = bytesOf('bytes', bytes);
    return this.#stream?.write(plain) ?? ErrorCode.FAILED;
  }

  /**
   * Writes as much of `bytes` as there is room for (see {@link putData}), and tells how much that was. Never
   * sleeps.
   */
  putPartialData(bytes: Uint8Array): [error: ErrorCode, sent: number] {
    const plain = bytesOf('bytes', bytes);
    return this.#stream?.writeSome(plain) ?? [ErrorCode.FAILED, 0];
  }

  /**
   * Bytes that `putData()` and `putPartialData()` have accepted, and that the system has not taken yet. 0 does not mean
   * that the peer has got them: only the peer can say that. After a failure it is how many were lost. 0 without a
   * connection. It reads a counter in shared memory, changes nothing and allocates nothing. Beyond Godot.
   */
  getUnsentBytes(): number {
    return this.#stream?.unsent() ?? 0;
  }

  /**
   * Sends what was accepted, then tells the other side that nothing more comes (FIN; over TLS close_notify before it).
   * Returns at once. Reading goes on; `putData()` and `putPartialData()` are ERR_FILE_CANT_WRITE from here on, with the
   * code STREAM_SHUT_DOWN. When the other side has ended, too, the status is DISCONNECTED. A second call changes
   * nothing, nor does one on a connection that has failed.
   *
   * `close()` waits for nothing: what was not sent by then is dropped, and `getLastError()` has the code
   * STREAM_TRUNCATED right after it. The same is true of a `connectToHost()`, or another `connection`, that ends this
   * one. To send everything, call `shutdown()`, and go on reading and polling, since a failure is told behind what is
   * unread. Close when `getUnsentBytes()` is 0, or better, when the other side has ended. Until then the connection
   * stays open, also where the status is DISCONNECTED. Beyond Godot.
   */
  shutdown(): void {
    this.#stream?.shutdown();
  }

  get #stream(): ByteStream | null {
    return 'stream' in this.#source ? null : this.#source;
  }

  static {
    brand(StreamPeer.prototype, 'StreamPeer', (peer) => peer.#source);
    peerOver = (stream) => new StreamPeer(KEY, stream);
  }
}

const NOTHING = new Uint8Array(0);
/** An array of Node's can't be longer. */
const LONGEST_ARRAY = 2 ** 32;
