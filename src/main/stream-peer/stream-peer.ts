import type { Bytes } from '../../shared/copy.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Offer } from '../connection/attachment.ts';
import { bytesOf, requireInteger } from '../options/arguments.ts';
import { brand, internalsOf } from '../options/copies.ts';
import { type CallerStream, type DuplexLike, isDuplex, requireByteStream } from './duplex.ts';

/** The bytes behind the {@link StreamPeer} of a client. */
export interface ByteStream {
  available(): number;
  read(count: number): [ErrorCode, Uint8Array<ArrayBuffer>];
  readSome(most: number): [ErrorCode, Uint8Array<ArrayBuffer>];
  write(bytes: Uint8Array): ErrorCode;
  writeSome(bytes: Uint8Array): [ErrorCode, number];
  unsent(): number;
  shutdown(): void;
  /** Null if there is no connection that another client could take over. */
  offer(): Offer | null;
}

const KEY = Symbol('StreamPeer');

/** For clients only: the bytes behind a StreamPeer. Throws `TypeError` for anything but a StreamPeer. */
export function sourceOf(peer: StreamPeer): ByteStream | CallerStream {
  return internalsOf<ByteStream | CallerStream>('StreamPeer', 'connection', peer);
}

/** For clients only: a StreamPeer for this stream. */
export let peerOver: (stream: ByteStream) => StreamPeer;

/**
 * The bytes under an `HTTPClient`: see `HTTPClient.connection`. The first call of one of these methods (but not of
 * `getUnsentBytes()`) turns the connection into a stream, over which this client sends no more requests. Another client
 * can, if the connection is set as its `connection`.
 *
 * Outside blocking mode no call waits. In the client's blocking mode `getData()` and `putData()` sleep, for at most
 * `timeouts.blocking`. Results are Godot's: an {@link ErrorCode}, or one and a value.
 *
 * - OK.
 * - ERR_BUSY: not now; nothing was read or written. Try again at the next tick. Also while a response is under way.
 * - ERR_TIMEOUT: the time that blocking mode may sleep is used up. Nothing was written. The value has what was read.
 * - ERR_FILE_EOF: the other side sends nothing more. The value has what was read. Sending goes on (see
 *   {@link StreamPeer.shutdown}), unless the connection is a stream of `fromDuplex()` that is not half-open.
 * - ERR_FILE_CANT_WRITE: `shutdown()` was called. Nothing was written.
 * - ERR_INVALID_PARAMETER: see {@link StreamPeer.getData}.
 * - ERR_OUT_OF_MEMORY: there is no memory for so many bytes. Nothing was written. The value has what was read, and the
 *   rest can still be read.
 * - FAILED: there is no connection, or not any more. `getLastError()` of its client may say why.
 *
 * A wrong type throws `TypeError`, a number out of range `RangeError`.
 *
 * https://docs.godotengine.org/en/stable/classes/class_streampeer.html
 */
export class StreamPeer {
  readonly #source: ByteStream | CallerStream;

  private constructor(key: typeof KEY, source: ByteStream | CallerStream) {
    // `private` holds only in TypeScript.
    if (key !== KEY)
      throw new TypeError('Get a StreamPeer from HTTPClient.connection or StreamPeer.fromDuplex()');
    this.#source = source;
  }

  /**
   * Any duplex stream of Node, for a client to speak HTTP over: `http.connection = StreamPeer.fromDuplex(stream)`. From
   * then on the stream belongs to that client, and only its `connection` can read and write it. Closing the client
   * destroys the stream.
   *
   * The bytes of the stream pass the caller's thread, with a message and a copy for each piece, and only while its
   * event loop turns: this is not for a program that stays in blocking mode. If the stream's `allowHalfOpen` is not
   * true, nothing can be written to it after it has ended: what it has not taken by then is STREAM_TRUNCATED. If the
   * stream emits or throws an error, the connection ends in CONNECTION_ERROR, with the code of the error, or
   * STREAM_FAILED if it has none.
   *
   * Throws `TypeError` for anything but a stream of bytes: it must not be in object mode, and must not have an
   * encoding. If an encoding is set later, the connection ends with the code NOT_BYTES. Beyond Godot.
   */
  static fromDuplex(duplex: DuplexLike): StreamPeer {
    if (!isDuplex(duplex)) throw new TypeError('duplex must be a stream that can be read and written');
    requireByteStream(duplex);
    return new StreamPeer(KEY, { stream: duplex });
  }

  /**
   * How many bytes can be read at once; -1 without a connection. This call, too, turns the connection into a stream.
   * Allocates nothing.
   */
  getAvailableBytes(): number {
    return this.#stream?.available() ?? -1;
  }

  /**
   * Reads exactly `bytes` bytes (0 to 2 ** 32), or the rest if the stream ends before. Outside blocking mode it returns
   * ERR_BUSY until they have arrived. More than half of `bufferSize` may never arrive at once: then it returns
   * ERR_INVALID_PARAMETER. Memory is allocated for what has arrived, not for what was asked for: a mebibyte at first,
   * then twice as much each time.
   */
  getData(bytes: number): [error: ErrorCode, data: Bytes] {
    requireInteger('bytes', bytes, 0, LONGEST_ARRAY);
    return this.#stream?.read(bytes) ?? [ErrorCode.FAILED, NOTHING];
  }

  /**
   * Reads what has arrived, at most `bytes` bytes (0 to 2 ** 32), and allocates as much. OK with an empty array if
   * nothing has arrived. Never sleeps.
   */
  getPartialData(bytes: number): [error: ErrorCode, data: Bytes] {
    requireInteger('bytes', bytes, 0, LONGEST_ARRAY);
    return this.#stream?.readSome(bytes) ?? [ErrorCode.FAILED, NOTHING];
  }

  /**
   * Writes all of `bytes`, or nothing. Outside blocking mode it returns ERR_BUSY while more than a mebibyte would be
   * under way. If nothing is under way, any length is accepted. The bytes are copied before the call returns. OK means
   * that they were accepted: they are sent, or their loss is reported. See {@link getUnsentBytes}.
   */
  putData(bytes: Uint8Array): ErrorCode {
    const plain = bytesOf('bytes', bytes);
    return this.#stream?.write(plain) ?? ErrorCode.FAILED;
  }

  /**
   * Writes as much of `bytes` as there is room for (see {@link putData}), and returns how many bytes that was. Never
   * sleeps.
   */
  putPartialData(bytes: Uint8Array): [error: ErrorCode, sent: number] {
    const plain = bytesOf('bytes', bytes);
    return this.#stream?.writeSome(plain) ?? [ErrorCode.FAILED, 0];
  }

  /**
   * How many bytes `putData()` and `putPartialData()` have accepted that the system has not taken yet. 0 does not mean
   * that the other side has received them: only the other side can say that. After a failure it is how many were lost.
   * 0 without a connection. It reads a counter in shared memory, changes nothing and allocates nothing. Beyond Godot.
   */
  getUnsentBytes(): number {
    return this.#stream?.unsent() ?? 0;
  }

  /**
   * Sends what was accepted, then tells the other side that nothing more follows (FIN; over TLS, close_notify before
   * it). Returns at once. Reading goes on. From here on `putData()` and `putPartialData()` return ERR_FILE_CANT_WRITE,
   * and `getLastError()` has the code STREAM_SHUT_DOWN. When the other side has ended too, the status is DISCONNECTED.
   * A second call changes nothing, nor does a call on a connection that has failed.
   *
   * `close()` waits for nothing: it drops what is unsent, and `getLastError()` has the code STREAM_TRUNCATED right
   * after it. The same is true of a `connectToHost()`, or a new `connection`, that ends this one. To send everything,
   * call `shutdown()`, and go on reading and polling, because a failure shows only after what is unread. Close when
   * `getUnsentBytes()` is 0 (the worker then delivers what is on its way, for a second at most) or, better, when the
   * other side has ended. Until then the connection stays open, even if
   * the status is DISCONNECTED. Beyond Godot.
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
/** The longest array that Node can make. */
const LONGEST_ARRAY = 2 ** 32;
