import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure } from '../../shared/failure.ts';
import { Death, RecordType } from '../../shared/log/layout.ts';
import type { LogReader } from '../../shared/log/reader.ts';
import type { ProxyChoice } from '../http-client/proxy.ts';
import type { Server } from '../http-client/server.ts';
import type { Settings } from '../options/options.ts';
import { type NormalisedTimeouts, normaliseTimeouts, type Timeouts } from '../options/timeouts.ts';
import { place } from '../place/here.ts';
import type { CallerStream } from '../stream-peer/duplex.ts';
import { Attachment, type Offer } from './attachment.ts';
import { outOfMemory, refusal, statusAtDeath, withBefore } from './failures.ts';
import { Outgoing } from './outgoing.ts';
import { Replay } from './replay.ts';
import { sendRequest } from './send-request.ts';
import { SleepBudget } from './sleep-budget.ts';
import { isUp } from './statuses.ts';

/**
 * The caller's side of a connection: what begins and ends it, and what asks for more of its log (replay.ts). It changes
 * only inside `step`, the body reads, `open`, `adopt`, `request` and `close`.
 */
export class Connection extends Replay {
  readonly #settings: Settings;
  #timeouts: NormalisedTimeouts;
  /** Blocking mode: a call sleeps instead of returning without a result. */
  blocking = false;
  readonly #sleepBudget = new SleepBudget();
  /** What connects this with its worker. */
  readonly attachment: Attachment;
  #streaming = false;
  readonly outgoing: Outgoing;
  #epoch = 0;

  constructor(settings: Settings) {
    super();
    this.#settings = settings;
    this.#timeouts = settings.timeouts;
    this.attachment = new Attachment(settings);
    this.outgoing = new Outgoing(this.attachment);
  }

  protected onEnd(): void {
    if (this.attachment.link) this.attachment.link.hasConnection = false;
  }

  /** The size of its memory in bytes, roughly. */
  get bufferSize(): number {
    return this.#settings.bufferSize;
  }

  /** Throws for an invalid limit, and then changes nothing. */
  setTimeouts(timeouts: Partial<Timeouts>): void {
    this.#timeouts = normaliseTimeouts(timeouts, this.#timeouts.given);
    this.attachment.setTimeouts(this.#timeouts.worker);
  }

  /**
   * @param loss What `close()` returned.
   */
  open(server: Server, { proxy, environment }: ProxyChoice, loss: Failure | null): ErrorCode {
    const impossible =
      place.refusals?.server(server, proxy !== null || environment !== null, this.#settings.client) ?? null;
    if (impossible) return this.#refuse(impossible, loss);
    if (!this.#attach(null, loss)) return ErrorCode.ERR_UNAVAILABLE;
    this.#begin();
    const { host, port, path, tls } = server;
    const proxyDefaults = proxy || environment ? this.#settings.proxyDefaults : null;
    const where = { host, port, path, tls, proxy, environment, proxyDefaults };
    this.attachment.link?.send({ verb: 'connect', epoch: this.#epoch, ...where });
    const needsNoDNS = environment === null && (proxy ?? server).isAddress;
    this.status = needsNoDNS ? Status.CONNECTING : Status.RESOLVING;
    return ErrorCode.OK;
  }

  /**
   * False if it failed, and `failure` says why. If there is no connection the status becomes CANT_CONNECT, for loops
   * that look at nothing else.
   */
  #attach(offer: Offer | null, loss: Failure | null): boolean {
    const failure = this.attachment.attach(offer);
    this.failure = failure ? withBefore(failure, loss) : loss;
    if (failure && !this.attachment.link?.hasConnection) this.end(Status.CANT_CONNECT);
    return failure === null;
  }

  #refuse(failure: Failure, loss: Failure | null): ErrorCode {
    this.failure = withBefore(failure, loss);
    this.end(Status.CANT_CONNECT);
    return ErrorCode.ERR_UNAVAILABLE;
  }

  /** From here on news of an earlier connection is ignored. */
  #begin(): void {
    this.#epoch = (this.#epoch + 1) | 0;
    this.attachment.begin(this.#epoch);
    this.#streaming = false;
    this.outgoing.begin();
  }

  /** Tells one connection from the next. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether there is a transport, or was one for a stream that has ended. */
  get isUp(): boolean {
    return this.#streaming || isUp(this.status);
  }

  /** Whether the connection is a stream, over which no HTTP is spoken. */
  get streaming(): boolean {
    return this.#streaming;
  }

  /** Makes the connection a stream. */
  beginStream(): void {
    if (!this.#streaming) this.attachment.link?.send({ verb: 'stream' });
    this.#streaming = true;
  }

  /** The connection, for another client to adopt; null if it is not CONNECTED. */
  offer(): Offer | null {
    if (this.status !== Status.CONNECTED) return null;
    return this.attachment.offer(this.outgoing, () => this.#leave(Status.DISCONNECTED));
  }

  /**
   * Takes over another client's connection, or a stream of the caller's, and is CONNECTED. If there is no thread for
   * it, only `failure` changes.
   */
  adopt(source: Offer | CallerStream): void {
    const loss = this.loss();
    if (!this.#attach('give' in source ? source : null, null)) return;
    this.failure = loss;
    this.response.clear();
    this.#begin();
    const { link } = this.attachment;
    const verb = 'adopt';
    const epoch = this.#epoch;
    if ('give' in source) {
      const { handover, unsent, shut } = source.give();
      this.outgoing.begin(unsent, shut);
      link?.send({ verb, epoch, source: { handover } });
    } else {
      const relay = place.relayStream(source.stream);
      link?.send({ verb, epoch, source: { relay } }, [relay]);
    }
    this.status = Status.CONNECTED;
  }

  request(
    method: string,
    target: string,
    headers: readonly string[],
    body: Uint8Array | null,
    transfer: boolean,
  ): ErrorCode {
    if (this.outgoing.shut) {
      this.failure = refusal('NOT_CONNECTED', 'shutdown() was called: nothing more can be sent.');
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    // If the ring is empty now, the worker goes on at its beginning (LogWriter.rewind).
    if (this.attachment.log) this.#release(this.attachment.log);
    const { link } = this.attachment;
    this.attachment.tellTimeouts();
    this.attachment.noteAsked();
    const sent = link ? sendRequest(link, method, target, headers, body, transfer) : 'whole';
    this.failure = sent === 'whole' ? null : outOfMemory(body?.length ?? 0, sent === 'partly');
    // The response to an earlier request must not pass for the response to this one.
    if (sent !== 'not') this.response.clear();
    if (this.failure === null) this.status = Status.REQUESTING;
    if (sent === 'partly') this.#drop(Status.CONNECTION_ERROR);
    return this.failure ? ErrorCode.ERR_OUT_OF_MEMORY : ErrorCode.OK;
  }

  /**
   * Takes effect at once, from any status: what the worker still writes about this connection is never looked at.
   * Returns what was lost by it; null if nothing was.
   */
  close(): Failure | null {
    const loss = this.loss();
    this.#drop(Status.DISCONNECTED);
    this.response.clear();
    this.failure = loss ?? this.failure;
    return loss;
  }

  #drop(status: Status): void {
    if (this.attachment.link?.hasConnection) this.attachment.link.send({ verb: 'close' });
    this.#leave(status);
  }

  #leave(status: Status): void {
    this.end(status);
    this.#begin();
  }

  dispose(): void {
    this.close();
    this.attachment.detach();
  }

  /**
   * Gives back the memory of what was taken from the log, and replays what has arrived. Returns the code of Godot's
   * `poll()`.
   */
  step(): ErrorCode {
    const log = this.attachment.log;
    if (log === null) return ErrorCode.OK;
    this.#release(log);
    return this.#advance(log);
  }

  #release(log: LogReader<ArrayBufferLike>): void {
    if (log.release()) this.attachment.link?.wake();
  }

  #advance(log: LogReader<ArrayBufferLike>): ErrorCode {
    return this.advance(log) ?? this.#checkWorker(log);
  }

  /** The log is empty: checks whether there is still a worker to write to it. */
  #checkWorker(log: LogReader<ArrayBufferLike>): ErrorCode {
    const death = this.attachment.death(log);
    if (death !== Death.NONE && log.peek() !== RecordType.NONE) return this.#advance(log);
    if (death === Death.NONE) return this.updateAfterPeerEnd();
    const request = this.response.exists ? 'answered' : this.attachment.fateOfRequest();
    const failure = this.attachment.loseThread(death);
    if (failure) return this.fail(statusAtDeath(failure), { ...failure, request });
    return this.updateAfterPeerEnd();
  }

  /** For a call that begins: how long it may sleep. Outside blocking mode that is not at all. */
  sleepBudget(): SleepBudget {
    return this.#sleepBudget.begin(this.blocking ? this.#timeouts.blocking : 0);
  }

  /** Sleeps until the empty log may have grown. False if the budget is used up. */
  sleep(budget: SleepBudget): boolean {
    const { sleepableLog: log } = this.attachment;
    if (log === null || !budget.spend((milliseconds) => log.wait(milliseconds))) return false;
    this.attachment.lookCloselyNext();
    return true;
  }

  /** Bytes of the body or the stream that can be read now; counting stops at `most`. Call `step` first. */
  bodyBytes(most: number): number {
    return this.#readable ? (this.attachment.log?.bodyBytes(most) ?? 0) : 0;
  }

  get #readable(): boolean {
    return (
      this.status === Status.BODY || (this.status === Status.CONNECTED && this.#streaming && !this.peerEnded)
    );
  }

  /** Takes body bytes, and leaves BODY with the last one. Sleeps for more, unless `budget` is null. */
  read(target: Uint8Array, budget: SleepBudget | null): number {
    let copied = 0;
    for (;;) {
      this.step();
      if (!this.#readable || this.attachment.log === null) return copied;
      const count = this.attachment.log.copyBody(target, copied);
      this.bodyTaken += count;
      copied += count;
      this.step();
      if (copied === target.length || !this.#readable || !budget || !this.sleep(budget)) return copied;
    }
  }

  /**
   * Takes the next contiguous piece, as a view of the ring that is valid until the next `step`. Leaves BODY as `read`
   * does.
   */
  borrow(most: number): Uint8Array {
    if (this.status !== Status.BODY || this.attachment.log === null) return NOTHING;
    const view = this.attachment.log.borrowBody(most);
    this.bodyTaken += view.length;
    this.#advance(this.attachment.log);
    return view;
  }
}

const NOTHING = new Uint8Array(0);
