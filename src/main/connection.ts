import { copyOf } from '../shared/copy.ts';
import { Status } from '../shared/enums.ts';
import { ErrorCode } from '../shared/error-code.ts';
import type { Failure } from '../shared/failure.ts';
import { Death, HeadFlag, RecordType } from '../shared/layout.ts';
import type { ProxyEnvironment } from '../shared/messages.ts';
import { Attachment, type Gift } from './attachment.ts';
import { ConnectionStream } from './connection-stream.ts';
import { statusAtDeath } from './failures.ts';
import type { LogReader } from './log-reader.ts';
import type { Settings } from './options.ts';
import type { ProxyTarget } from './proxy.ts';
import { Response } from './response.ts';
import { sendRequest } from './send-request.ts';
import { type DuplexLike, relayStream } from './stream-relay.ts';
import type { Target } from './target.ts';

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
  /** Whether the caller sleeps where it would have to come again. */
  blocking = false;
  #stream: ConnectionStream | null = null;
  readonly #at: Attachment;
  #epoch = 0;
  #bodyTaken = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#at = new Attachment(settings);
  }

  /** `proxy` was set; `environment` decides where none was. */
  open(target: Target, proxy: ProxyTarget | null, environment: ProxyEnvironment | null): ErrorCode {
    if (!this.#attach(null)) return ErrorCode.ERR_UNAVAILABLE;
    const { host, port, path, tls } = target;
    const proxyDefaults = proxy || environment ? this.#settings.proxyDefaults : null;
    this.#at.link?.send({
      verb: 'connect',
      epoch: this.#epoch,
      host,
      port,
      path,
      tls,
      proxy,
      environment,
      proxyDefaults,
    });
    const needsNoDNS = environment === null && (proxy ?? target).isAddress;
    this.status = needsNoDNS ? Status.CONNECTING : Status.RESOLVING;
    return ErrorCode.OK;
  }

  /** False: there is no thread. The status says so too, for a loop that looks at nothing else. */
  #attach(gift: Gift | null): boolean {
    this.failure = this.#at.attach(gift);
    if (this.failure) this.#end(Status.CANT_CONNECT);
    else this.#begin();
    return this.failure === null;
  }

  /** Everything before is over. */
  #begin(): void {
    this.#epoch = (this.#epoch + 1) | 0;
    this.#at.begin(this.#epoch);
    this.#stream?.detach();
    this.#stream = null;
  }

  /** The connection's bytes, from CONNECTED on. */
  get stream(): ConnectionStream | null {
    if (!this.streaming && !UP.includes(this.status)) return null;
    this.#stream ??= new ConnectionStream(this);
    return this.#stream;
  }

  /** The connection is a stream, and no HTTP is spoken over it. */
  get streaming(): boolean {
    return this.#stream?.started === true;
  }

  /** Gives the connection away, to be adopted. Null, and nothing is changed, if it is not CONNECTED. */
  give(): Gift | null {
    if (this.status !== Status.CONNECTED) return null;
    const gift = this.#at.give();
    this.#end(Status.DISCONNECTED);
    this.#begin();
    return gift;
  }

  /** Goes on with what another has given away, or with a stream of the caller's, as CONNECTED. */
  adopt(source: Gift | DuplexLike): void {
    if (!this.#attach('handover' in source ? source : null)) return;
    const { link } = this.#at;
    const verb = 'adopt';
    const epoch = this.#epoch;
    if ('handover' in source) {
      link?.send({ verb, epoch, source: { handover: source.handover } });
    } else {
      const relay = relayStream(source);
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
  ): void {
    this.status = Status.REQUESTING;
    this.failure = null;
    // An empty ring is begun anew by the worker (LogWriter.rewind).
    if (this.#at.log) this.#release(this.#at.log);
    if (this.#at.link) sendRequest(this.#at.link, method, target, headers, body, transfer);
  }

  /** At once, from any status: what the worker still writes about this connection is never looked at. */
  close(): void {
    if (this.#at.link?.live) this.#at.link.send({ verb: 'close' });
    this.#end(Status.DISCONNECTED);
    this.#begin();
    this.response.clear();
  }

  dispose(): void {
    this.close();
    this.#at.detach();
  }

  #end(status: Status): void {
    this.status = status;
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
          const reusable = log.a === 1;
          log.next();
          // The server may have closed the connection behind the response, and the log know it already.
          if (reusable && log.peek() !== RecordType.FAILURE) this.status = Status.CONNECTED;
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
    this.failure = failure;
    this.#end(FAILED.find((failed) => failed === status) ?? Status.CONNECTION_ERROR);
    return this.status === Status.TLS_HANDSHAKE_ERROR ? ErrorCode.ERR_CANT_CONNECT : stickyError(this.status);
  }

  /** The log is empty: because nothing has happened, or because nothing ever will? */
  #checkWorker(log: LogReader): ErrorCode {
    const death = this.#at.death(log);
    if (death !== Death.NONE && log.peek() !== RecordType.NONE) return this.#replay(log);
    const failure = death === Death.NONE ? null : this.#at.lose(death);
    return failure ? this.#fail(statusAtDeath(failure), failure) : ErrorCode.OK;
  }

  /** When a call that may sleep from now on must be back. */
  deadline(): number {
    return performance.now() + this.#settings.blockingTimeout;
  }

  /** Sleeps until the empty log may have grown. False: `deadline` has passed. */
  sleep(deadline: number): boolean {
    const left = deadline - performance.now();
    if (left <= 0 || this.#at.log === null) return false;
    this.#at.log.wait(Math.min(left, LONGEST_SLEEP));
    this.#at.worry();
    return true;
  }

  /** Bytes of the body, or the stream, that can be read now, counted no further than `most`. Call `step` first. */
  bodyBytes(most: number): number {
    return this.#readable ? (this.#at.log?.bodyBytes(most) ?? 0) : 0;
  }

  get #readable(): boolean {
    return this.status === Status.BODY || (this.status === Status.CONNECTED && this.streaming);
  }

  /** The rest of the body, `most` if it is longer or of unknown length. */
  bodyLeft(most: number): number {
    const { chunked, bodyLength } = this.response;
    return chunked || bodyLength < 0 ? most : Math.min(most, bodyLength - this.#bodyTaken);
  }

  /** Takes body bytes, and with the last one leaves BODY. Sleeps for more until `deadline`, 0 for not at all. */
  read(target: Uint8Array, deadline: number): number {
    let copied = 0;
    for (;;) {
      this.step();
      if (!this.#readable || this.#at.log === null) return copied;
      copied += this.#take(this.#at.log.copyBody(target, copied));
      this.step();
      if (copied === target.length || !this.#readable || !this.sleep(deadline)) return copied;
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

  // For ConnectionStream alone.

  /** Bytes that can be waiting to be read. */
  get capacity(): number {
    return this.#at.link?.memory.capacity ?? 0;
  }

  /** The worker waits with more until some of them are read. */
  get full(): boolean {
    return this.#at.log?.full() === true;
  }

  startStream(): void {
    this.#at.link?.send({ verb: 'stream' });
  }

  sendBytes(bytes: Uint8Array): void {
    const copy = copyOf(bytes);
    this.#at.link?.send({ verb: 'write', bytes: copy }, [copy.buffer]);
  }

  sent(): number {
    return this.#at.log?.sent() ?? 0;
  }

  /** Sleeps until the system may have taken more than `seen`. False: `deadline` has passed. */
  sleepUntilSent(seen: number, deadline: number): boolean {
    const left = deadline - performance.now();
    if (left <= 0 || this.#at.log === null) return false;
    this.#at.log.waitForSent(seen, Math.min(left, LONGEST_SLEEP));
    this.#at.worry();
    this.step();
    return true;
  }

  endsBehindBody(): boolean {
    return this.#at.log?.endsBehindBody() === true;
  }
}

/** The transport is there. */
const UP: readonly Status[] = [Status.CONNECTED, Status.REQUESTING, Status.BODY];

/** Godot's `poll()` says this again and again in a status that only a new connection leaves. */
export function stickyError(status: Status): ErrorCode {
  switch (status) {
    case Status.DISCONNECTED:
      return ErrorCode.ERR_UNCONFIGURED;
    case Status.CANT_RESOLVE:
      return ErrorCode.ERR_CANT_RESOLVE;
    case Status.CANT_CONNECT:
      return ErrorCode.ERR_CANT_CONNECT;
    case Status.CONNECTION_ERROR:
    case Status.TLS_HANDSHAKE_ERROR:
      return ErrorCode.ERR_CONNECTION_ERROR;
    default:
      return ErrorCode.OK;
  }
}

const FAILED = [
  Status.CANT_RESOLVE,
  Status.CANT_CONNECT,
  Status.CONNECTION_ERROR,
  Status.TLS_HANDSHAKE_ERROR,
];

const NOTHING = new Uint8Array(0);
const utf8 = new TextDecoder();

/** Milliseconds. A worker that dies without a word does not wake the sleeper. */
const LONGEST_SLEEP = 100;
