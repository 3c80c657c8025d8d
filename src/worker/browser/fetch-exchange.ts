import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { FetchOptions } from '../../shared/settings.ts';
import type { ResponseWatch } from '../connection/response-watch.ts';
import type { AnswerSink } from '../sinks/answer-sink.ts';
import { LateNotify } from '../valve/late-notify.ts';
import { eventLoop } from './event-loop.ts';
import { headOf } from './fetch-answer.ts';
import { callFetch, type FetchCall, piecesOf } from './fetch-call.ts';

/** Who hears what becomes of an exchange. Nothing is heard after `onComplete()`, `onFailed()` or `close()`. */
export interface ExchangeOwner {
  /** The time limits of the request; null where no limit is set. */
  readonly watch: ResponseWatch | null;
  /** The request is about to be made. */
  onAsked(): void;
  onHead(): void;
  /** The browser has handed over so many more bytes of the body. */
  onBytes(count: number): void;
  onComplete(): void;
  onFailed(error: unknown): void;
}

/** Where an exchange leads, and where its answer goes. */
export interface ExchangeParts {
  readonly url: string;
  readonly options: FetchOptions;
  readonly sink: AnswerSink;
  /** Bytes of the sink that are kept free for what is not body. */
  readonly reserve: number;
}

/**
 * One request and its answer, by the browser's `fetch`. The body is asked for piece by piece, and only while the sink
 * has room: so a slow reader holds the server back, as far as the browser does.
 */
export class FetchExchange {
  readonly #message: RequestMessage;
  readonly #parts: ExchangeParts;
  readonly #owner: ExchangeOwner;
  readonly #abort = new AbortController();
  readonly #lateNotify: LateNotify;
  /** The body of the request, as it comes from the caller. */
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #missing: number;
  #fate: RequestFate = 'unsent';
  #onWake: () => void = () => {};
  #over = false;

  constructor(message: RequestMessage, parts: ExchangeParts, owner: ExchangeOwner) {
    this.#message = message;
    this.#parts = parts;
    this.#owner = owner;
    this.#lateNotify = new LateNotify(parts.sink, eventLoop.later);
    this.#missing = message.bodyLength;
    if (message.bodyLength === 0) this.addBody(NOTHING);
    for (const bytes of message.body) this.addBody(bytes);
  }

  get fate(): RequestFate {
    return this.#fate;
  }

  /** A body is sent only when all of it is here: browsers can stream it over HTTP/2 and later alone. */
  addBody(bytes: Uint8Array): void {
    if (this.#over) return;
    if (bytes.length > 0) this.#pieces.push(new Uint8Array(bytes));
    this.#missing -= bytes.length;
    if (this.#missing === 0) this.#run().catch((error: unknown) => this.#fail(error));
  }

  async #run(): Promise<void> {
    const { method, headers } = this.#message;
    const { url, options, sink } = this.#parts;
    const watch = (): ResponseWatch | null => this.#owner.watch;
    sink.expect();
    this.#owner.onAsked();
    this.#fate = 'unanswered';
    const body = this.#pieces;
    const { signal } = this.#abort;
    const call: FetchCall = { url, method, headers, body, options, redirect: 'follow', signal };
    const answer = await callFetch(call, watch);
    this.#fate = 'answered';
    const head = headOf(answer, method);
    sink.head(head);
    this.#owner.onHead();
    if (head.hasBody && answer.body) await this.#read(piecesOf(answer.body, call, watch));
    this.#complete();
  }

  async #read(pieces: AsyncGenerator<Uint8Array>): Promise<void> {
    this.#parts.sink.publish();
    await this.#room();
    for await (const piece of pieces) {
      this.#owner.onBytes(piece.length);
      await this.#put(piece);
      if (this.#over) return;
      await this.#room();
    }
  }

  /** A piece may be larger than the ring. */
  async #put(bytes: Uint8Array): Promise<void> {
    const { sink } = this.#parts;
    for (let at = 0; at < bytes.length; ) {
      await this.#room();
      if (this.#over) return;
      const end = Math.min(bytes.length, at + this.#free);
      sink.body(bytes, at, end);
      if (!sink.publish()) this.#lateNotify.schedule();
      at = end;
    }
  }

  get #free(): number {
    return Math.max(0, this.#parts.sink.free() - this.#parts.reserve);
  }

  /** Settles when the sink has room: at once, or when the caller has read half of it. */
  async #room(): Promise<void> {
    const { sink } = this.#parts;
    while (!this.#over && this.#free === 0 && sink.park()) {
      this.#owner.watch?.received(true, true);
      await new Promise<void>((resolve) => {
        this.#onWake = resolve;
      });
      this.#owner.watch?.resumed();
    }
  }

  /** The sink has room again. */
  wake(): void {
    this.#onWake();
  }

  #complete(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.watch?.stop();
    this.#owner.onComplete();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.watch?.stop();
    this.#abort.abort();
    this.#owner.onFailed(error);
  }

  /** Nobody wants it any more: the browser ends its connection. */
  close(): void {
    this.#over = true;
    this.#owner.watch?.stop();
    this.#abort.abort();
    this.#onWake();
  }
}

const NOTHING = new Uint8Array(0);
