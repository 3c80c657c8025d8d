import { type OnReadOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { propertyOf } from '../../shared/kinds.ts';
import { ConnectionError } from '../connection/connection-error.ts';
import type { Lent } from '../connection/lent.ts';
import type { Transport, TransportReader } from '../connection/transport.ts';
import { StreamWriter } from './stream-writer.ts';

/**
 * A transport over a stream of Node's. A socket that was opened with {@link onread} reads straight into its reader's
 * memory. The bytes of any other stream are copied there.
 */
export class SocketTransport implements Transport {
  /** The option for the socket that will be given to `open()`. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#reader?.buffer() ?? NOWHERE,
    callback: (count, buffer) => this.#take(count, buffer),
  };
  #reader: TransportReader | null;
  readonly #lent: Lent;
  #stream: Duplex | null = null;
  #writer: StreamWriter | null = null;
  /** How the stream ended, for a reader that comes after that. */
  #lastWord: ((reader: TransportReader) => void) | null = null;
  #bytesRead = 0;
  #destroyed = false;
  /** Nobody wants what comes: it is only read so that the connection is not reset. */
  #draining = false;
  #stopped = false;
  /** For how many more turns of the event loop it leaves the thread to others. */
  #turns = 0;
  #resumed = false;
  /** Destroys the stream after a failed write. */
  #giveUp: (() => void) | null = null;

  constructor(reader: TransportReader, lent: Lent) {
    this.#reader = reader;
    this.#lent = lent;
  }

  /** The stream is open. `direct`: it was opened with `onread`. `cut`: asked at its end, whether it was cut off. */
  open(stream: Duplex, direct: boolean, cut: () => boolean): void {
    this.#stream = stream;
    this.#writer = new StreamWriter(stream, {
      streamed: (count) => this.#reader?.streamed(count),
      shut: () => this.#reader?.shut(),
      lent: this.#lent,
    });
    stream.on('error', (error) => this.#say((reader) => reader.failed(error)));
    if (this.#destroyed) {
      stream.destroy();
      return;
    }
    const mayHide = mayHideReset(stream);
    const ended = (): void => this.#say((reader) => reader.ended(cut()));
    stream.on('end', () => (mayHide ? unlessReset(stream, ended) : ended()));
    stream.on('close', () => this.#say((reader) => reader.failed(closed())));
    // A tunnel comes paused, and a listener alone would not make it flow.
    if (direct) this.#readBeforeFailing(stream);
    else stream.on('data', (chunk: Buffer) => this.#copy(chunk)).resume();
    if (stream.destroyed)
      queueMicrotask(() => this.#say((reader) => reader.failed(stream.errored ?? closed())));
  }

  /**
   * A server that refuses a body answers, and closes the connection with the rest of the body unread. That resets the
   * connection. Node destroys a socket at the first write that fails, and an answer that came meanwhile would be lost.
   * The system still has it. So the stream is destroyed only after some turns of the event loop in which nothing was
   * read. From a stream without `onread`, Node reads nothing more in any case.
   */
  #readBeforeFailing(stream: Duplex): void {
    const destroy = stream.destroy.bind(stream);
    stream.destroy = (error) => {
      if (this.#destroyed || this.#giveUp || !isFailedWrite(error)) return destroy(error);
      this.#giveUp = () => destroy(error);
      this.#awaitQuiet();
      return stream;
    };
  }

  #awaitQuiet(quietTurns = 0): void {
    const seen = this.#bytesRead;
    setImmediate(() => {
      // The reader of an answer has no room for it at the moment. It will call resume().
      if (this.#destroyed || (this.#stopped && this.#reader?.answering)) return;
      const reads = this.#bytesRead > seen || this.#turns > 0;
      if (reads || quietTurns < QUIET_TURNS) this.#awaitQuiet(reads ? 0 : quietTurns + 1);
      else this.#giveUp?.();
    });
  }

  #say(word: (reader: TransportReader) => void): void {
    this.#lastWord ??= word;
    if (this.#reader) word(this.#reader);
  }

  handTo(reader: TransportReader): void {
    this.#reader = reader;
    this.#lastWord?.(reader);
  }

  get dead(): boolean {
    return this.#stream === null || this.#stream.destroyed;
  }

  get flushed(): boolean {
    return this.#stream?.writableLength === 0;
  }

  get unsent(): number {
    return this.#writer?.unsent ?? 0;
  }

  get outlivesReading(): boolean {
    return this.#writer?.outlivesReading ?? false;
  }

  put(data: readonly (string | Uint8Array)[], done?: (taken: boolean) => void): void {
    const stream = this.#stream;
    if (stream === null) return;
    if (data.length > 1) stream.cork();
    const last = data.length - 1;
    for (const [index, piece] of data.entries()) {
      if (done && index === last) stream.write(piece, (error) => done(!error));
      else stream.write(piece);
    }
    if (data.length > 1) stream.uncork();
  }

  write(bytes: Uint8Array): void {
    this.#writer?.write(bytes);
  }

  flush(): void {
    this.#writer?.flush();
  }

  end(): void {
    this.#writer?.end();
  }

  get bytesRead(): number {
    return this.#destroyed ? 0 : this.#bytesRead;
  }

  get bytesWritten(): number {
    const stream: (Duplex & Partial<Pick<Socket, 'bytesWritten'>>) | null = this.#stream;
    return this.#destroyed ? 0 : (stream?.bytesWritten ?? 0);
  }

  resume(): void {
    this.#stopped = false;
    if (this.#turns === 0) this.#resume();
    if (this.#giveUp) this.#awaitQuiet();
  }

  #resume(): void {
    this.#resumed = true;
    this.#stream?.resume();
  }

  /**
   * Leaves the next turn to the thread's other connections. A TLS socket still hands out what it has decrypted, which
   * may be thousands of tiny records. For each piece that it hands out meanwhile, it waits one turn more.
   */
  #yield(): void {
    if (this.#turns === 0) setImmediate(this.#afterTurn);
    this.#turns += 1;
  }

  readonly #afterTurn = (): void => {
    this.#turns -= 1;
    if (this.#destroyed) this.#turns = 0;
    else if (this.#turns > 0) setImmediate(this.#afterTurn);
    else if (!this.#stopped) this.#resume();
  };

  isCatchingUp(): boolean {
    const catchingUp = this.#resumed || this.#turns > 0;
    this.#resumed = false;
    return catchingUp;
  }

  destroy(): void {
    const lingers = !this.#destroyed && this.#lingers;
    this.#destroyed = true;
    if (lingers && this.#stream) this.#linger(this.#stream);
    else if (!this.#draining) this.#stream?.destroy();
    this.#reader = null;
    this.#writer?.giveUp();
  }

  /** Bytes of a stream may still be on their way, and there may be bytes that nobody has read. */
  get #lingers(): boolean {
    const answering = this.#reader?.answering ?? false;
    const open = this.#stream !== null && !this.#stream.destroyed && !this.#stream.readableEnded;
    return open && !answering && this.#writer?.deliversRest === true;
  }

  /**
   * To close a socket with unread bytes resets the connection, and what the system has taken and not delivered is lost.
   * So the stream is ended, and read for a while: until the peer ends too, or no longer than {@link LINGER}.
   */
  #linger(stream: Duplex): void {
    this.#draining = true;
    const timer = setTimeout(() => stream.destroy(), LINGER);
    stream.on('end', () => stream.destroy());
    stream.on('close', () => clearTimeout(timer));
    stream.end();
    stream.resume();
  }

  /** Gives bytes to the reader. Returns whether to read on at once. */
  #take(count: number, buffer: Uint8Array): boolean {
    this.#bytesRead += count;
    if (this.#draining) return true;
    const pace = this.#reader?.read(count, buffer) ?? 'stop';
    if (pace === 'stop') this.#stopped = true;
    if (pace === 'yield') this.#yield();
    return pace === 'on';
  }

  #copy(chunk: Buffer): void {
    if (this.#draining) return;
    for (let at = 0; at < chunk.length && this.#reader; ) {
      const buffer = this.#reader.buffer();
      const piece = chunk.subarray(at, at + buffer.length);
      buffer.set(piece);
      at += piece.length;
      this.#take(piece.length, buffer);
    }
    if (this.#stopped || this.#turns > 0) this.#stream?.pause();
  }
}

/**
 * Whether the stream may report a reset as an end. libuv does that for a TCP socket if there are bytes to be read. TLS
 * has an end of its own. To be called while the stream is open: a socket that was reset does not know its peer any
 * more.
 */
function mayHideReset(stream: Duplex): boolean {
  return stream instanceof Socket && !('encrypted' in stream) && stream.remotePort !== undefined;
}

/**
 * Calls `ended` if a TCP socket that has ended was not reset. Otherwise a body without a length would be taken for
 * complete. To find out, it makes an empty write, which sends nothing: that fails on a connection that was reset, but
 * with EPIPE if the peer had ended before.
 */
function unlessReset(stream: Duplex, ended: () => void): void {
  if (!stream.writable || stream.writableLength > 0) ended();
  else stream.write(NOTHING, (error) => propertyOf(error, 'code') !== 'ECONNRESET' && ended());
}

function closed(): ConnectionError {
  return new ConnectionError('CONNECTION_CLOSED', 'the connection was closed');
}

function isFailedWrite(error: unknown): boolean {
  return propertyOf(error, 'syscall') === 'write';
}

/** Milliseconds. Enough to deliver what a system buffers, and short for a peer that waits for the end. */
const LINGER = 1000;

/** The kernel may report bytes a turn late, and TLS decrypts them in another turn. */
const QUIET_TURNS = 3;

const NOTHING = new Uint8Array(0);

/** Node asks for memory even when the reader is gone. */
const NOWHERE = new Uint8Array(1024);
