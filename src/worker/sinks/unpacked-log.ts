import { copyOf } from '../../shared/copy.ts';
import { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import type { Later } from '../connection/event-loop.ts';
import type { Story } from '../connection/story.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import { chain } from '../unpack/chain.ts';
import { packedWith } from '../unpack/codings.ts';
import type { Coding, Decoder, DecoderEvents, Unpacking } from '../unpack/decoder.ts';
import { notUnpacked } from '../unpack/not-unpacked.ts';
import { LateNotify } from '../valve/late-notify.ts';
import type { AnswerSink } from './answer-sink.ts';
import type { RingSink } from './ring-sink.ts';

/** What an {@link UnpackedLog} works with. */
export interface UnpackedLogTools {
  readonly log: RingSink;
  /** The connection's story, in the same log. */
  readonly story: Story;
  readonly unpacking: Unpacking;
  readonly later: Later;
  /** Bytes of the ring that are kept free for what is not body. */
  readonly reserve: number;
}

/** The connection from which the answers come. */
export interface AnswerSource {
  /** There is more room for the bytes that it reads. */
  wake(): void;
  close(): void;
}

/**
 * Unpacks the bodies of a connection's answers on their way into the event log (`decompress` of HTTPClientOptions).
 *
 *     connection -- head, packed body, trailers --> decoder --> log
 *                -- story: complete, failed ------- waits for the decoder ---> log
 *
 * Two rules of reading from a wire do not hold here: a packed byte may become many bytes, and these come later. So only
 * as much is read from the decoder as the ring has room for, and the report of the answer's end waits until all is
 * unpacked. Packed bytes for a quarter of a ring may wait here. An answer that is not packed goes straight through.
 */
export class UnpackedLog implements AnswerSink, Story, DecoderEvents {
  readonly #tools: UnpackedLogTools;
  readonly #log: RingSink;
  readonly #story: Story;
  readonly #lateNotify: LateNotify;
  #source: AnswerSource | null = null;
  #codings: readonly Coding[] = [];
  #decoder: Decoder | null = null;
  #trailers: Uint8Array = NOTHING;
  /** All packed bytes of the answer have come. */
  #complete = false;
  /** Reports about the connection that wait until everything is unpacked. */
  #afterwards: (() => void)[] = [];

  constructor(tools: UnpackedLogTools) {
    this.#tools = tools;
    this.#log = tools.log;
    this.#story = tools.story;
    this.#lateNotify = new LateNotify(tools.log, tools.later);
  }

  /** The connection that writes here. */
  connect(source: AnswerSource): void {
    this.#source = source;
  }

  /** The caller has taken some of the ring. */
  wake(): void {
    this.onProgress();
  }

  /** Nobody wants to hear more. */
  close(): void {
    this.#decoder?.close();
    this.#decoder = null;
    this.#afterwards = [];
  }

  expect(): void {
    this.#log.expect();
  }

  head(head: ResponseHead): void {
    const { unpacking } = this.#tools;
    this.#codings = head.hasBody ? packedWith(head.statusCode, head.fields, unpacking.codings) : [];
    if (this.#codings.length === 0) {
      this.#log.head(head);
      return;
    }
    this.#log.head({ ...head, contentLength: -1 });
    this.#complete = false;
    this.#decoder = chain(this.#codings, unpacking, this);
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    if (this.#decoder) this.#decoder.write(bytes.slice(start, end));
    else this.#log.body(bytes, start, end);
  }

  trailers(fields: Uint8Array): void {
    if (this.#decoder) this.#trailers = copyOf(fields);
    else this.#log.trailers(fields);
  }

  get capacity(): number {
    return this.#log.capacity;
  }

  free(): number {
    return this.#decoder ? this.capacity - PENDING_COST * this.#decoder.pending : this.#log.free();
  }

  region(most: number): Uint8Array {
    return this.#decoder ? NOTHING : this.#log.region(most);
  }

  commit(count: number): void {
    this.#log.commit(count);
  }

  publish(): boolean {
    return this.#log.publish();
  }

  notify(): void {
    this.#log.notify();
  }

  park(): boolean {
    return this.#decoder ? this.free() < this.capacity / 2 : this.#log.park();
  }

  onProgress(): void {
    const decoder = this.#decoder;
    if (decoder === null) return;
    while (this.#hasRoom()) {
      const bytes = decoder.read(this.#room());
      if (bytes === null) {
        this.#tellEnd(decoder);
        break;
      }
      this.#log.body(bytes, 0, bytes.length);
    }
    if (!this.#log.publish()) this.#lateNotify.schedule();
    this.#source?.wake();
  }

  /** If it returns false, the caller wakes the worker when half of the ring is free. */
  #hasRoom(): boolean {
    return this.#room() >= this.capacity / 16 || !this.#log.park();
  }

  #room(): number {
    return this.#log.free() - this.#tools.reserve - this.#trailers.length;
  }

  /** If an answer was cut off, everything that has come is unpacked before that is reported. */
  #tellEnd(decoder: Decoder): void {
    if (!(this.#complete ? decoder.finished : decoder.pending === 0)) return;
    const afterwards = this.#afterwards;
    if (afterwards.length === 0) return;
    this.close();
    if (this.#trailers.length > 0) this.#log.trailers(this.#trailers);
    this.#trailers = NOTHING;
    for (const tell of afterwards) tell();
  }

  onError(error: unknown): void {
    this.close();
    this.#story.fail(Status.CONNECTION_ERROR, notUnpacked(this.#codings, error));
    this.#source?.close();
  }

  status(status: Status): void {
    this.#story.status(status);
  }

  asked(): void {
    this.#story.asked();
  }

  uploaded(count: number): void {
    this.#story.uploaded(count);
  }

  streamed(count: number): void {
    this.#story.streamed(count);
  }

  peerEnded(): void {
    this.#story.peerEnded();
  }

  complete(reusable: boolean): void {
    this.#complete = true;
    this.#decoder?.end();
    this.#tellLater(() => this.#story.complete(reusable));
  }

  fail(status: Status, failure: Failure): void {
    this.#tellLater(() => this.#story.fail(status, failure));
    this.onProgress();
  }

  #tellLater(tell: () => void): void {
    if (this.#decoder) this.#afterwards.push(tell);
    else tell();
  }

  silence(): void {
    this.close();
    this.#story.silence();
  }
}

const NOTHING = new Uint8Array(0);

/** What a pending packed byte counts as. With this, packed bytes for at most a quarter of a ring are let in. */
const PENDING_COST = 4;
