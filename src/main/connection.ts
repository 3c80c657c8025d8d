import { Status } from '../shared/enums.ts';
import { ErrorCode } from '../shared/error-code.ts';
import type { Failure } from '../shared/failure.ts';
import { Death, HeadFlag, RecordType } from '../shared/layout.ts';
import type { ProxyEnvironment } from '../shared/messages.ts';
import { deathFailure } from './failures.ts';
import type { Link } from './link.ts';
import { LogReader } from './log-reader.ts';
import type { Settings } from './options.ts';
import type { ProxyTarget } from './proxy.ts';
import { Pulse } from './pulse.ts';
import { Response } from './response.ts';
import { sendRequest } from './send-request.ts';
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
  #link: Link | null = null;
  #log: LogReader | null = null;
  #pulse = new Pulse(0, true);
  #epoch = 0;
  #bodyTaken = 0;
  #stepsToLook = FEWEST_STEPS;
  #stepsPerLook = FEWEST_STEPS;
  #lastLook = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** `proxy` was set; `environment` decides where none was. */
  open(target: Target, proxy: ProxyTarget | null, environment: ProxyEnvironment | null): ErrorCode {
    const link = this.#attach();
    if (link === null) return ErrorCode.ERR_UNAVAILABLE;
    this.#epoch = (this.#epoch + 1) | 0;
    this.#log?.open(this.#epoch);
    const { host, port, path, tls } = target;
    link.send({ verb: 'connect', epoch: this.#epoch, host, port, path, tls, proxy, environment });
    const needsNoDNS = environment === null && (proxy ?? target).isAddress;
    this.status = needsNoDNS ? Status.CONNECTING : Status.RESOLVING;
    this.failure = null;
    return ErrorCode.OK;
  }

  /** A link to a thread that lives; null, with the failure set, if there can be none. */
  #attach(): Link | null {
    try {
      const workers = this.#settings.workers();
      if (workers.closed) {
        this.failure = deathFailure(Death.POOL_CLOSED, '');
        return null;
      }
      if (this.#link && this.#log?.death()) this.#bury(this.#link, this.#log.death());
      const link = workers.attach(this.#link, this.#settings.bufferSize, this.#settings.client);
      this.#pulse = new Pulse(workers.unresponsiveAfter, workers.hasStarted(link.threadId));
      if (link !== this.#link) this.#log = new LogReader(link.memory);
      this.#link = link;
      return link;
    } catch (error) {
      // The system has no more threads, or no more memory: nothing that a game loop should be thrown.
      this.failure = deathFailure(Death.NOT_STARTED, error instanceof Error ? error.message : String(error));
      return null;
    }
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
    if (this.#log) this.#release(this.#log);
    if (this.#link) sendRequest(this.#link, method, target, headers, body, transfer);
  }

  /** At once, from any status: what the worker still writes about this connection is never looked at. */
  close(): void {
    if (this.#link?.live) this.#link.send({ verb: 'close' });
    this.#end(Status.DISCONNECTED);
    this.#epoch = (this.#epoch + 1) | 0;
    this.#log?.open(this.#epoch);
    this.response.clear();
  }

  dispose(): void {
    this.close();
    if (this.#link) this.#settings.workers().detach(this.#link);
    this.#link = null;
    this.#log = null;
  }

  #end(status: Status): void {
    this.status = status;
    if (this.#link) this.#link.live = false;
  }

  /** Gives back what was taken from the log and replays what has come. The code is that of Godot's `poll()`. */
  step(): ErrorCode {
    const log = this.#log;
    if (log === null) return ErrorCode.OK;
    this.#release(log);
    return this.#replay(log);
  }

  #release(log: LogReader): void {
    if (log.release()) this.#link?.wake();
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
    const death = log.death();
    if (death !== Death.NONE) return log.peek() === RecordType.NONE ? this.#lose(death) : this.#replay(log);
    this.#stepsToLook -= 1;
    return this.#stepsToLook > 0 || this.#feelsPulse(log) ? ErrorCode.OK : this.#lose(Death.UNRESPONSIVE);
  }

  /** Looks at the clock, which costs more than an idle step and leaves a number to the garbage collector. */
  #feelsPulse(log: LogReader): boolean {
    const now = performance.now();
    const hurried = now - this.#lastLook < OFTEN_ENOUGH;
    this.#stepsPerLook = hurried ? Math.min(2 * this.#stepsPerLook, MOST_STEPS) : FEWEST_STEPS;
    this.#stepsToLook = this.#stepsPerLook;
    this.#lastLook = now;
    return !this.#pulse.stopped(log.heartbeat(), now);
  }

  #lose(death: number): ErrorCode {
    if (!this.#link?.live) return ErrorCode.OK;
    const failure = deathFailure(death, this.#link.epitaph);
    this.#bury(this.#link, death);
    return this.#fail(Status.CONNECTION_ERROR, failure);
  }

  #bury(link: Link, death: number): void {
    if (death === Death.EXITED || death === Death.UNRESPONSIVE) this.#settings.workers().condemn(link, death);
    this.#link = null;
    this.#log = null;
  }

  /** When a call that may sleep from now on must be back. */
  deadline(): number {
    return performance.now() + this.#settings.blockingTimeout;
  }

  /** Sleeps until the empty log may have grown. False: `deadline` has passed. */
  sleep(deadline: number): boolean {
    const left = deadline - performance.now();
    if (left <= 0 || this.#log === null) return false;
    this.#log.wait(Math.min(left, LONGEST_SLEEP));
    this.#stepsToLook = 0;
    return true;
  }

  /** Body bytes that can be read now, counted no further than `most`. Call `step` first. */
  bodyBytes(most: number): number {
    return this.status === Status.BODY ? (this.#log?.bodyBytes(most) ?? 0) : 0;
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
      if (this.status !== Status.BODY || this.#log === null) return copied;
      copied += this.#take(this.#log.copyBody(target, copied));
      this.step();
      if (copied === target.length || this.status !== Status.BODY || !this.sleep(deadline)) return copied;
    }
  }

  /** Takes what lies in one piece as a view of the ring, whole until the next `step`. Leaves BODY like `read`. */
  borrow(most: number): Uint8Array {
    if (this.status !== Status.BODY || this.#log === null) return NOTHING;
    const view = this.#log.borrowBody(most);
    this.#take(view.length);
    this.#replay(this.#log);
    return view;
  }

  #take(count: number): number {
    this.#bodyTaken += count;
    return count;
  }
}

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

/** Idle steps between two looks at the worker's heartbeat: at 60 a second a look every second ... */
const FEWEST_STEPS = 64;
/** ... and in a loop that polls thousands of times a second one in so many, or every OFTEN_ENOUGH milliseconds. */
const MOST_STEPS = 1024;
const OFTEN_ENOUGH = 100;
