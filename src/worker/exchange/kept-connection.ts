import type { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import type { ConnectMessage, RequestMessage } from '../../shared/messages.ts';
import type { WorkerTimeouts } from '../../shared/settings.ts';
import { Connection } from '../connection/connection.ts';
import type { Failed } from '../connection/connection-failure.ts';
import type { Story } from '../connection/story.ts';
import type { Surroundings } from '../connection/surroundings.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import type { AnswerSink } from '../sinks/answer-sink.ts';

/** What a connection gets from its thread. */
export type ThreadTools = Omit<Surroundings, 'sink' | 'story' | 'settings'>;

/** The user of a connection at the moment: it carries the user's request. */
export interface ConnectionUser {
  onStatus(status: Status): void;
  /** The request is about to be written. */
  onAsked(): void;
  onUploaded(count: number): void;
  /** `head.fields` may be overwritten after the call. */
  onHead(head: ResponseHead): void;
  /** Bytes of the body that the user was given and has not processed. When they get fewer, it calls `wake()`. */
  readonly pending: number;
  /** Memory for the next bytes of the body, at most `most`. Empty if they can't be read straight into memory. */
  region(most: number): Uint8Array;
  onCommitted(count: number): void;
  onBody(bytes: Uint8Array, start: number, end: number): void;
  /** All bytes of a read were delivered. */
  onProgress(): void;
  /** The answer is complete. The connection does not belong to this user any more. */
  onComplete(): void;
  /** The connection is lost. It does not belong to this user any more. */
  onLost(status: Status, failure: Failure): void;
}

/** Where a connection leads (`origin`, `https://host:port`), and the key of everything that decides who may use it. */
export interface Way {
  readonly origin: string;
  readonly key: string;
}

/** Keeps connections while nobody uses them. */
export interface Keeper {
  /** The connection can carry another request. */
  onIdle(connection: KeptConnection): void;
  /** The connection is over. */
  onOver(connection: KeptConnection): void;
}

/**
 * A connection that carries the requests of one user after the other. It is both the sink of the answers and the story
 * of the connection, and passes them on to the current user.
 */
export class KeptConnection implements Story, AnswerSink {
  readonly origin: string;
  readonly key: string;
  readonly #keeper: Keeper;
  readonly #connection: Connection;
  #user: ConnectionUser | null = null;
  /** Complete answers so far. */
  #carried = 0;
  readonly capacity: number;

  constructor({ origin, key }: Way, surroundings: Omit<Surroundings, 'sink' | 'story'>, keeper: Keeper) {
    this.origin = origin;
    this.key = key;
    this.#keeper = keeper;
    const { maxHeadSize, maxHeadFields } = surroundings.settings.limits;
    // A head is kept until all of it has come, and must leave room for a read.
    this.capacity = LET_IN + 4 * (maxHeadSize + maxHeadFields);
    this.#connection = new Connection({ ...surroundings, sink: this, story: this });
  }

  /** It has carried a request before the current one. */
  get used(): boolean {
    return this.#carried > 0;
  }

  connect(target: ConnectMessage): void {
    this.#connection.connect(target);
  }

  /** Carries a request of `user` as soon as the connection is up. */
  request(user: ConnectionUser, message: RequestMessage, timeouts: WorkerTimeouts): void {
    this.#user = user;
    this.#connection.setTimeouts(timeouts);
    this.#connection.request(message);
  }

  /** The user has fewer bytes pending: reads on, if reading had stopped because of that. */
  wake(): void {
    this.#connection.wake();
  }

  /** Ends the connection, whoever uses it. The user hears nothing more. */
  close(): void {
    this.#user = null;
    this.#connection.close();
  }

  /** What a failure would be about if it happened now. */
  get failedNow(): Failed {
    return this.#connection.failedNow;
  }

  get over(): boolean {
    return this.#connection.over;
  }

  get bytesRead(): number {
    return this.#connection.bytesRead;
  }

  get bytesWritten(): number {
    return this.#connection.bytesWritten;
  }

  status(status: Status): void {
    this.#user?.onStatus(status);
  }

  asked(): void {
    this.#user?.onAsked();
  }

  uploaded(count: number): void {
    this.#user?.onUploaded(count);
  }

  /** A connection of whole requests never becomes a stream. */
  streamed(): void {}

  peerEnded(): void {}

  complete(reusable: boolean): void {
    const user = this.#user;
    this.#user = null;
    this.#carried += 1;
    if (!reusable) this.#keeper.onOver(this);
    user?.onComplete();
    if (reusable && this.#user === null && !this.over) this.#keeper.onIdle(this);
  }

  fail(status: Status, failure: Failure): void {
    const user = this.#user;
    this.#user = null;
    this.#keeper.onOver(this);
    user?.onLost(status, failure);
  }

  silence(): void {
    this.#keeper.onOver(this);
  }

  free(): number {
    return this.capacity - PENDING_COST * (this.#user?.pending ?? 0);
  }

  region(most: number): Uint8Array {
    return this.#user?.region(most) ?? NOWHERE;
  }

  commit(count: number): void {
    this.#user?.onCommitted(count);
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    this.#user?.onBody(bytes, start, end);
  }

  publish(): boolean {
    this.#user?.onProgress();
    return true;
  }

  notify(): void {}

  park(): boolean {
    return this.free() < this.capacity / 2;
  }

  expect(): void {}

  head(head: ResponseHead): void {
    this.#user?.onHead(head);
  }

  /** Whole requests have no accessor for trailers, as in Godot. */
  trailers(): void {}
}

/** Bytes that may be let in at once, besides a head. */
const LET_IN = 2 ** 22;

/** What a pending byte counts as. With this a slow user has half a MiB to process, and little more. */
const PENDING_COST = 4;
const NOWHERE = new Uint8Array(0);
