import type { Pace } from '../../../src/worker/connection/transport.ts';
import type { Gate, Random, Speech } from './language.ts';

export interface SourceReader {
  buffer(): Uint8Array;
  read(count: number, buffer: Uint8Array): Pace;
  ended(): void;
}

/**
 * How Node reads. `socket`: what the system has, into a buffer that was asked for in advance; nothing behind 'stop' and
 * 'yield'. `tls`: record by record, and also some that were decrypted already. `copy`: a stream without `onread`, whose
 * pieces come whole, and are copied into buffers that are asked for as they come.
 */
export type SourceKind = 'socket' | 'tls' | 'copy';

/** Brings the bytes of a {@link Speech}, and then its end. */
export class Source {
  readonly #random: Random;
  readonly #kind: SourceKind;
  readonly #bytes: Uint8Array;
  readonly #gates: Gate[];
  /** Most bytes of a piece of `copy`, of a record of `tls`, and of those that come though it was stopped. */
  readonly #piece: number;
  #reader: SourceReader;
  #buffer: Uint8Array | null = null;
  /** Bytes that the peer says in all; where it dies, fewer than it wanted to. */
  length: number;
  /** Bytes that have come here, and those that were read. */
  #come = 0;
  read = 0;
  stopped = false;
  /** Turns of the event loop that are left to others. */
  #turns = 0;
  /** Bytes that still come though it was stopped. */
  #decrypted = 0;
  #ended = false;

  constructor(
    random: Random,
    kind: SourceKind,
    { bytes, gates }: Speech,
    piece: number,
    reader: SourceReader,
  ) {
    this.#random = random;
    this.#kind = kind;
    this.#bytes = bytes;
    this.#gates = [...gates];
    this.#piece = piece;
    this.#reader = reader;
    this.length = bytes.length;
    if (kind !== 'copy') this.#buffer = reader.buffer();
  }

  /** More comes. False: the peer has no more to say, or waits to be asked. */
  come(most: number): boolean {
    const end = Math.min(this.length, this.#gates[0]?.at ?? this.length);
    if (this.#come >= end) return false;
    this.#come = Math.min(end, this.#come + 1 + this.#random(most));
    return true;
  }

  /** What the peer waits for now that it has said all before it. */
  get gate(): Gate | null {
    const [gate] = this.#gates;
    return gate?.at === this.read ? gate : null;
  }

  openGate(): void {
    this.#gates.shift();
  }

  get #flows(): boolean {
    return (!this.stopped && this.#turns === 0) || this.#decrypted > 0;
  }

  /** One read, or the end. False: neither is possible. */
  next(): boolean {
    if (!this.#flows || this.#ended) return false;
    if (this.read < this.#come) this.#read();
    else if (this.read === this.length) this.#end();
    else return false;
    return true;
  }

  #read(): void {
    if (this.#kind === 'copy') {
      this.#copy();
      return;
    }
    const buffer = this.#buffer ?? this.#reader.buffer();
    const most = this.#kind === 'tls' ? 1 + this.#random(this.#piece) : this.#bytes.length;
    const count = Math.min(buffer.length, this.#come - this.read, most);
    // Node fails with ENOBUFS.
    if (count === 0) throw new Error('there is no buffer for a read');
    this.#hand(count, buffer);
    this.#buffer = this.#reader.buffer();
    if (this.#random(4) === 0) this.#buffer = this.#reader.buffer();
  }

  #hand(count: number, buffer: Uint8Array): void {
    buffer.set(this.#bytes.subarray(this.read, this.read + count));
    this.read += count;
    this.#decrypted = Math.max(0, this.#decrypted - count);
    const pace = this.#reader.read(count, buffer);
    if (pace === 'on') return;
    if (this.#kind === 'tls' && !this.stopped && this.#turns === 0)
      this.#decrypted = this.#random(2 * this.#piece);
    if (pace === 'stop') this.stopped = true;
    else this.#turns += 1;
  }

  #copy(): void {
    const end = Math.min(this.#come, this.read + 1 + this.#random(this.#piece));
    for (let empty = 0; this.read < end; ) {
      const buffer = this.#reader.buffer();
      if (buffer.length === 0 && ++empty > 1) throw new Error('a piece can never be copied');
      this.#hand(Math.min(end - this.read, buffer.length), buffer);
    }
  }

  resume(): void {
    this.stopped = false;
  }

  /** The event loop turns. */
  turn(): void {
    this /** Turns of the event loop that are left to others. */.#turns = 0;
  }

  /** From here on another reads. */
  handTo(reader: SourceReader): void {
    this.#reader = reader;
    if (this.#ended) reader.ended();
  }

  /** The connection fails: what was read is all that comes. */
  die(): void {
    if (this.#ended) return;
    this.length = this.read;
    this.#come = this.read;
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#reader.ended();
  }
}

/** Keeps what comes while a connection goes from one client to another, as the worker does. */
export class Between implements SourceReader {
  readonly #buffer: Uint8Array;
  readonly unread: Uint8Array[];

  constructor(unread: readonly Uint8Array[], piece: number) {
    this.#buffer = new Uint8Array(piece);
    this.unread = [...unread];
  }

  buffer(): Uint8Array {
    return this.#buffer;
  }

  read(count: number, buffer: Uint8Array): Pace {
    this.unread.push(buffer.slice(0, count));
    return 'stop';
  }

  ended(): void {}
}
