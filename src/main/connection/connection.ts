import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure, RequestFate } from '../../shared/failure.ts';
import { Death, Ending, HeadFlag, RecordType, Word } from '../../shared/log/layout.ts';
import type { LogReader } from '../../shared/log/reader.ts';
import type { ProxyEnvironment } from '../../shared/settings.ts';
import type { ProxyTarget } from '../http-client/proxy.ts';
import type { Target } from '../http-client/target.ts';
import type { Settings } from '../options/options.ts';
import { type SettledTimeouts, settleTimeouts, type Timeouts } from '../options/timeouts.ts';
import { place } from '../place/here.ts';
import { ConnectionStream } from '../stream-peer/connection-stream.ts';
import type { Relayed } from '../stream-peer/duplex.ts';
import { Attachment, type Offer } from './attachment.ts';
import { outOfMemory, refusal, statusAtDeath, streamTruncated, withBefore, withUnsent } from './failures.ts';
import { Outgoing } from './outgoing.ts';
import { Patience } from './patience.ts';
import { Response } from './response.ts';
import { sendRequest } from './send-request.ts';
import { isFailure, stickyError } from './statuses.ts';

/**
 * What the caller's side knows of its connection: the worker's event log, replayed as far as the caller has asked.
 *
 *     DISCONNECTED --open()--> RESOLVING -> CONNECTING -> CONNECTED --request()--> REQUESTING -> BODY
 *          ^                       |            |           ^   |                      |          |
 *          |                       +- CANT_... -+           |   +--- CONNECTION_ERROR -+----------+
 *          +--- END, the connection is used up -------------+--- END, it can carry another request
 *
 * Replay stops where the caller has something to do: at unread body bytes, at CONNECTED, and at the end of a
 * response. So no response is ever skipped over, and a failure is seen after the bytes that came before it. Nothing
 * here changes but inside `step`, the body reads, `open`, `request` and `close`.
 */
export class Connection {
  status: Status = Status.DISCONNECTED;
  failure: Failure | null = null;
  readonly response = new Response();

  readonly #settings: Settings;
  #timeouts: SettledTimeouts;
  /** Whether the caller sleeps where it would have to come again. */
  blocking = false;
  readonly #patience = new Patience();
  #stream: ConnectionStream | null = null;
  readonly #at: Attachment;
  /** Of a stream: what it has still to send. */
  readonly outgoing: Outgoing;
  #ended = false;
  #epoch = 0;
  /** ASKED (layout.ts) before the last request. */
  #asked = 0;
  #bodyTaken = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#timeouts = settings.timeouts;
    this.#at = new Attachment(settings);
    this.outgoing = new Outgoing(this.#at);
  }

  /** Bytes of its memory, about. */
  get bufferSize(): number {
    return this.#settings.bufferSize;
  }

  /** Throws what is wrong with them, and changes nothing. */
  setTimeouts(timeouts: Partial<Timeouts>): void {
    this.#timeouts = settleTimeouts(timeouts, this.#timeouts.given);
    this.#at.setTimeouts(this.#timeouts.worker);
  }

  /** `proxy` was set; `environment` decides where none was. `loss` is what `close()` had to tell. */
  open(
    target: Target,
    proxy: ProxyTarget | null,
    environment: ProxyEnvironment | null,
    loss: Failure | null,
  ): ErrorCode {
    if (!this.#attach(null, loss)) return ErrorCode.ERR_UNAVAILABLE;
    this.#begin();
    const { host, port, path, tls } = target;
    const proxyDefaults = proxy || environment ? this.#settings.proxyDefaults : null;
    const where = { host, port, path, tls, proxy, environment, proxyDefaults };
    this.#at.link?.send({ verb: 'connect', epoch: this.#epoch, ...where });
    const needsNoDNS = environment === null && (proxy ?? target).isAddress;
    this.status = needsNoDNS ? Status.CONNECTING : Status.RESOLVING;
    return ErrorCode.OK;
  }

  /** False: it cannot be. The status says so too, for a loop that looks at nothing else, unless it has a connection. */
  #attach(offer: Offer | null, loss: Failure | null): boolean {
    const failure = this.#at.attach(offer);
    this.failure = failure ? withBefore(failure, loss) : loss;
    if (failure && !this.#at.link?.live) this.#end(Status.CANT_CONNECT);
    return failure === null;
  }

  /** Everything before is over. */
  #begin(): void {
    this.#epoch = (this.#epoch + 1) | 0;
    this.#at.begin(this.#epoch);
    this.#stream?.detach();
    this.#stream = null;
    this.outgoing.begin();
  }

  /** The connection's bytes, from CONNECTED on. */
  get stream(): ConnectionStream | null {
    if (!this.streaming && !UP.includes(this.status)) return null;
    this.#stream ??= new ConnectionStream(this, this.#at);
    return this.#stream;
  }

  /** The connection is a stream, and no HTTP is spoken over it. */
  get streaming(): boolean {
    return this.#stream?.started === true;
  }

  /** The connection, for another to adopt. Null if it is not CONNECTED. */
  offer(): Offer | null {
    if (this.status !== Status.CONNECTED) return null;
    return this.#at.offer(this.outgoing, () => this.#leave(Status.DISCONNECTED));
  }

  /** Goes on with another's connection, or a stream of the caller's, as CONNECTED; or nothing is changed. */
  adopt(source: Offer | Relayed): void {
    const loss = this.#loss();
    if (!this.#attach('give' in source ? source : null, null)) return;
    this.failure = loss;
    this.response.clear();
    this.#begin();
    const { link } = this.#at;
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
    // An empty ring is begun anew by the worker (LogWriter.rewind).
    if (this.#at.log) this.#release(this.#at.log);
    const { link } = this.#at;
    this.#at.tellTimeouts();
    this.#asked = link?.memory.load(Word.ASKED) ?? 0;
    const sent = link ? sendRequest(link, method, target, headers, body, transfer) : 'whole';
    this.failure = sent === 'whole' ? null : outOfMemory(body?.length ?? 0, sent === 'partly');
    // Whatever becomes of this request, it must not look answered by what came before.
    if (sent !== 'not') this.response.clear();
    if (this.failure === null) this.status = Status.REQUESTING;
    if (sent === 'partly') this.#drop(Status.CONNECTION_ERROR);
    return this.failure ? ErrorCode.ERR_OUT_OF_MEMORY : ErrorCode.OK;
  }

  /**
   * At once, from any status: what the worker still writes about this connection is never looked at. Returns
   * what it has cost.
   */
  close(): Failure | null {
    const loss = this.#loss();
    this.#drop(Status.DISCONNECTED);
    this.response.clear();
    this.failure = loss ?? this.failure;
    return loss;
  }

  /** What is lost if the connection ends now. If it has failed, that was told. */
  #loss(byPeer = false): Failure | null {
    const unsent = isFailure(this.status) ? 0 : this.outgoing.unsent();
    return unsent > 0 ? streamTruncated(unsent, byPeer) : null;
  }

  #drop(status: Status): void {
    if (this.#at.link?.live) this.#at.link.send({ verb: 'close' });
    this.#leave(status);
  }

  #leave(status: Status): void {
    this.#end(status);
    this.#begin();
  }

  dispose(): void {
    this.close();
    this.#at.detach();
  }

  #end(status: Status): void {
    this.status = status;
    this.#ended = false;
    if (this.#at.link) this.#at.link.live = false;
  }

  /** Gives back what was taken from the log and replays what has come. The code is that of Godot's `poll()`. */
  step(): ErrorCode {
    const log = this.#at.log;
    if (log === null) return ErrorCode.OK;
    this.#release(log);
    return this.#replay(log);
  }

  #release(log: LogReader): void {
    if (log.release()) this.#at.link?.wake();
  }

  #replay(log: LogReader): ErrorCode {
    for (;;) {
      switch (log.peek()) {
        case RecordType.BODY:
          return ErrorCode.OK;
        case RecordType.STATUS:
          this.status = log.a === Status.CONNECTED ? Status.CONNECTED : Status.CONNECTING;
          log.next();
          if (this.status === Status.CONNECTED) return ErrorCode.OK;
          break;
        case RecordType.HEAD:
          this.response.set(log.a, log.b, log.payload());
          this.status = log.b & HeadFlag.HAS_BODY ? Status.BODY : Status.REQUESTING;
          this.#bodyTaken = 0;
          log.next();
          break;
        case RecordType.TRAILERS:
          this.response.setTrailers(log.payload());
          log.next();
          break;
        case RecordType.END: {
          const ending = log.a;
          log.next();
          this.#ended = ending === Ending.SENDING;
          if (this.#ended) return this.#rest();
          const loss = this.#loss(true);
          if (loss && ending === Ending.OVER) return this.#fail(Status.CONNECTION_ERROR, loss);
          // The server may have closed the connection behind the response, and the log know it already.
          if (ending === Ending.REUSABLE && log.peek() !== RecordType.FAILURE) this.status = Status.CONNECTED;
          else this.#end(Status.DISCONNECTED);
          return ErrorCode.OK;
        }
        case RecordType.FAILURE: {
          const failure: Failure = JSON.parse(utf8.decode(log.payload()));
          const status = log.a;
          log.next();
          return this.#fail(status, failure);
        }
        default:
          return this.#checkWorker(log);
      }
    }
  }

  #fail(status: number, failure: Failure): ErrorCode {
    const waits = this.status === Status.REQUESTING || this.status === Status.BODY;
    const request = waits ? (failure.request ?? 'unsent') : null;
    this.failure = withUnsent({ ...failure, request }, this.outgoing.unsent());
    this.#end(isFailure(status) ? status : Status.CONNECTION_ERROR);
    return this.status === Status.TLS_HANDSHAKE_ERROR ? ErrorCode.ERR_CANT_CONNECT : stickyError(this.status);
  }

  /** The log is empty: because nothing has happened, or because nothing ever will? */
  #checkWorker(log: LogReader): ErrorCode {
    const death = this.#at.death(log);
    if (death !== Death.NONE && log.peek() !== RecordType.NONE) return this.#replay(log);
    if (death === Death.NONE) return this.#ended ? this.#rest() : ErrorCode.OK;
    const request = this.#fateAtDeath();
    const failure = this.#at.lose(death);
    if (failure) return this.#fail(statusAtDeath(failure), { ...failure, request });
    return this.#ended ? this.#rest() : ErrorCode.OK;
  }

  /** The worker marks a request before its first byte, and can't say any more whether something came. */
  #fateAtDeath(): RequestFate {
    if (this.response.exists) return 'answered';
    return this.#at.link?.memory.load(Word.ASKED) === this.#asked ? 'unsent' : 'unanswered';
  }

  /** The peer sends nothing more: what there is to wait for is that the rest is sent. */
  #rest(): ErrorCode {
    this.status = this.outgoing.unsent() > 0 ? Status.CONNECTED : Status.DISCONNECTED;
    return ErrorCode.OK;
  }

  /** The peer sends nothing more, and can still be sent to. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Of a call that begins, and may sleep in blocking mode. */
  patience(): Patience {
    return this.#patience.begin(this.blocking ? this.#timeouts.blocking : 0);
  }

  /** Sleeps until the empty log may have grown. False: there is no patience left. */
  sleep(patience: Patience): boolean {
    const { log } = this.#at;
    if (log === null || !patience.spend((milliseconds) => log.wait(milliseconds))) return false;
    this.#at.worry();
    return true;
  }

  /** Bytes of the body, or the stream, that can be read now, counted no further than `most`. Call `step` first. */
  bodyBytes(most: number): number {
    return this.#readable ? (this.#at.log?.bodyBytes(most) ?? 0) : 0;
  }

  get #readable(): boolean {
    return (
      this.status === Status.BODY || (this.status === Status.CONNECTED && this.streaming && !this.#ended)
    );
  }

  /** The rest of the body, `most` if it is longer or of unknown length. */
  bodyLeft(most: number): number {
    const { chunked, bodyLength } = this.response;
    return chunked || bodyLength < 0 ? most : Math.min(most, bodyLength - this.#bodyTaken);
  }

  /** Takes body bytes, and with the last one leaves BODY. Sleeps for more, unless `patience` is null. */
  read(target: Uint8Array, patience: Patience | null): number {
    let copied = 0;
    for (;;) {
      this.step();
      if (!this.#readable || this.#at.log === null) return copied;
      copied += this.#take(this.#at.log.copyBody(target, copied));
      this.step();
      if (copied === target.length || !this.#readable || !patience || !this.sleep(patience)) return copied;
    }
  }

  /** Takes what lies in one piece as a view of the ring, whole until the next `step`. Leaves BODY like `read`. */
  borrow(most: number): Uint8Array {
    if (this.status !== Status.BODY || this.#at.log === null) return NOTHING;
    const view = this.#at.log.borrowBody(most);
    this.#take(view.length);
    this.#replay(this.#at.log);
    return view;
  }

  #take(count: number): number {
    this.#bodyTaken += count;
    return count;
  }
}

/** The transport is there. */
const UP: readonly Status[] = [Status.CONNECTED, Status.REQUESTING, Status.BODY];

const NOTHING = new Uint8Array(0);
const utf8 = new TextDecoder();
