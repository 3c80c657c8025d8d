import type { Coding, Decoder, DecoderEvents } from '../../unpack/decoder.ts';
import type { Format, Step } from './format.ts';
import { FORMATS } from './formats.ts';
import { corrupt, cutShort, explainZlib } from './unpack-error.ts';
import { type Unpacker, unpacker } from './zlib.ts';

/** Unpacks with zlib's streams, which work in libuv's threads. A stream gets one piece at a time. */
export class StreamDecoder implements Decoder {
  readonly #coding: Coding;
  readonly #events: DecoderEvents;
  readonly #format: Format;
  /** Null: nothing has come yet, or everything was unpacked; then bytes that follow are ignored. */
  #step: Step | null = null;
  /** For a step about several bytes: how many of them are left. */
  #left = 0;

  readonly #queue: Uint8Array[] = [];
  #piece: Uint8Array = NOTHING;
  /** Up to here `#piece` was read. From `#unsent` on it is for the stream and not sent. */
  #at = 0;
  #unsent = 0;

  #stream: Unpacker | null = null;
  #see: (unpacked: Uint8Array) => void = () => {};
  /** What was sent, until the stream has used it. */
  #sent: Uint8Array | null = null;
  /** The stream's `bytesWritten` before that. */
  #usedBefore = 0;
  /** Unpacked bytes that nobody wanted yet. */
  #kept: Uint8Array | null = null;

  #written = 0;
  /** How many of the written bytes were used, without those that the current stream has used. */
  #used = 0;
  #ended = false;
  #closed = false;
  #failed: { readonly error: unknown } | null = null;
  #tells = false;

  constructor(coding: Coding, events: DecoderEvents) {
    this.#coding = coding;
    this.#events = events;
    this.#format = FORMATS[coding]();
  }

  get pending(): number {
    if (this.#closed || this.#failed || this.#step === null) return 0;
    const pending = this.#written - this.#used - (this.#stream?.bytesWritten ?? 0);
    // Bytes that the stream has already taken may still become more output.
    return pending === 0 && this.#sent ? 1 : pending;
  }

  get finished(): boolean {
    return this.#ended && this.#step === null && !this.#failed && this.#kept === null && !this.#closed;
  }

  write(packed: Uint8Array): void {
    if (this.#closed || this.#failed || packed.length === 0) return;
    if (this.#written === 0) this.#next(0);
    this.#written += packed.length;
    this.#queue.push(packed);
    this.#advance();
  }

  end(): void {
    this.#ended = true;
    this.#advance();
    this.#tell();
  }

  read(most: number): Uint8Array | null {
    if (this.#closed || most <= 0) return null;
    const bytes = this.#kept ?? this.#fromStream();
    if (bytes === null) return null;
    this.#kept = bytes.length > most ? bytes.subarray(most) : null;
    // It may be the last of all.
    if (this.#kept === null && this.#step === null) this.#tell();
    return bytes.length > most ? bytes.subarray(0, most) : bytes;
  }

  #fromStream(): Uint8Array | null {
    const chunk: Uint8Array | null = this.#stream?.read() ?? null;
    if (chunk === null) return null;
    this.#see(chunk);
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#kept = null;
  }

  /** Goes on as far as it can. */
  #advance(): void {
    try {
      while (!this.#closed && !this.#failed && this.#sent === null && this.#step && this.#take(this.#step));
    } catch (error) {
      this.#fail(error);
    }
    if (this.#step === null) this.#ignoreRest();
  }

  /** Does one step, or a part of it. False: something else must happen first. */
  #take(step: Step): boolean {
    if (step.kind === 'open') this.#open(step);
    else if (step.kind === 'close') return this.#send() || this.#finishStream();
    else if (this.#at === this.#piece.length) return this.#send() || this.#nextPiece(step);
    else if (step.kind === 'feedAll') this.#at = this.#piece.length;
    else this.#passOver();
    return true;
  }

  /** For a step about several bytes. */
  #passOver(): void {
    const count = Math.min(this.#left, this.#piece.length - this.#at);
    this.#at += count;
    this.#left -= count;
    if (this.#step?.kind === 'pass') {
      this.#used += count;
      this.#unsent = this.#at;
    }
    if (this.#left === 0) this.#next(this.#piece[this.#at - 1] ?? 0);
  }

  #next(answer: number): void {
    const { value, done } = this.#format.next(answer);
    this.#step = done ? null : value;
    if (this.#step && 'count' in this.#step) this.#left = this.#step.count;
    if (this.#step === null) this.#tell();
  }

  /** Returns false if there is no next piece. */
  #nextPiece(step: Step): boolean {
    const piece = this.#queue.shift();
    if (piece) {
      this.#piece = piece;
      this.#at = 0;
      this.#unsent = 0;
      return true;
    }
    if (!this.#ended) return false;
    if (step.kind === 'feedAll') return this.#finishStream();
    if (!(step.kind === 'pass' && step.mayEnd)) throw cutShort(this.#coding);
    this.#step = null;
    this.#tell();
    return false;
  }

  #open({ method, start, see }: Extract<Step, { kind: 'open' }>): void {
    const stream = unpacker(method);
    this.#stream = stream;
    this.#see = see;
    this.#usedBefore = 0;
    stream.on('readable', () => this.#onReadable(stream));
    stream.on('end', () => this.#onEnd(stream));
    stream.on('error', (error) => stream === this.#stream && this.#fail(error));
    this.#next(0);
    this.#used -= start.length;
    if (start.length > 0) this.#sendBytes(start);
  }

  /** Sends the stream what is for it. False: nothing is. */
  #send(): boolean {
    if (this.#unsent === this.#at) return false;
    const bytes = this.#piece.subarray(this.#unsent, this.#at);
    this.#unsent = this.#at;
    this.#sendBytes(bytes);
    return true;
  }

  #sendBytes(bytes: Uint8Array): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#sent = bytes;
    this.#usedBefore = stream.bytesWritten;
    stream.write(bytes, (error) => {
      // Nor when the data has ended within them: `end` tells that.
      if (error || stream !== this.#stream || stream.bytesWritten < this.#usedBefore + bytes.length) return;
      this.#sent = null;
      this.#advance();
      this.#tell();
    });
  }

  /** The stream has got all its bytes, and ends when all its output has been read. */
  #finishStream(): boolean {
    if (this.#stream?.writableEnded === false) this.#stream.end();
    return false;
  }

  #onReadable(stream: Unpacker): void {
    if (stream !== this.#stream) return;
    // Nothing but its end: a stream wants that to be read.
    if (stream.readableLength === 0) stream.read();
    this.#tell();
  }

  /** All output of the stream was read. Bytes that it has not used come behind the data. */
  #onEnd(stream: Unpacker): void {
    if (stream !== this.#stream) return;
    const rest = this.#sent?.subarray(stream.bytesWritten - this.#usedBefore) ?? NOTHING;
    this.#used += stream.bytesWritten;
    this.#dropStream();
    if (rest.length > 0) this.#putBack(rest);
    try {
      if (this.#step?.kind === 'feedAll') this.#next(0);
      if (this.#step?.kind !== 'close') throw corrupt(this.#coding, 'its data ends too early');
      this.#next(0);
    } catch (error) {
      this.#fail(error);
    }
    this.#advance();
    this.#tell();
  }

  #putBack(rest: Uint8Array): void {
    if (this.#at < this.#piece.length) this.#queue.unshift(this.#piece.subarray(this.#at));
    this.#piece = rest;
    this.#at = 0;
    this.#unsent = 0;
  }

  #ignoreRest(): void {
    this.#queue.length = 0;
    this.#piece = NOTHING;
    this.#at = 0;
    this.#unsent = 0;
  }

  #fail(error: unknown): void {
    if (this.#closed || this.#failed) return;
    this.#failed = { error: explainZlib(this.#coding, error) };
    this.#drop();
    this.#tell();
  }

  #drop(): void {
    this.#ignoreRest();
    this.#dropStream();
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#stream = null;
    this.#sent = null;
    // The stream may still report an error, which nobody needs.
    stream?.destroy();
  }

  /** Tells the owner, later: never inside one of its calls. */
  #tell(): void {
    if (this.#tells) return;
    this.#tells = true;
    queueMicrotask(() => {
      this.#tells = false;
      if (this.#closed) return;
      if (this.#failed === null) this.#events.onProgress();
      else {
        const { error } = this.#failed;
        this.#closed = true;
        this.#events.onError(error);
      }
    });
  }
}

const NOTHING = new Uint8Array(0);
