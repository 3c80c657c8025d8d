import { Status } from '../shared/enums.ts';
import type { FailurePhase } from '../shared/failure.ts';
import { RecordType } from '../shared/layout.ts';
import type { ClientSettings, ConnectMessage, RequestMessage } from '../shared/messages.ts';
import { quote } from '../shared/quote.ts';
import type { Attention } from './attention.ts';
import { ConnectionError } from './connection-error.ts';
import { describeFailure, encodeFailure, failedStatus } from './connection-failure.ts';
import { hostAndPort, normaliseHost } from './dial/authority.ts';
import { dial, forwards, proxyOf } from './dial/dial.ts';
import type { Resolver } from './dial/resolver.ts';
import type { ResponseHead } from './http/response.ts';
import { Intake, type IntakeEvents } from './intake.ts';
import type { LogWriter } from './log-writer.ts';
import { type Authority, type RequestHead, requestHead } from './request-head.ts';
import { ResponseWatch } from './response-watch.ts';
import { Transport, type TransportReader } from './transport.ts';
import { Upload } from './upload.ts';

/** What all connections of a thread, those that are gone included, have done. */
export interface Traffic {
  requests: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What a connection uses of its client and its thread. */
export interface Surroundings {
  readonly log: LogWriter;
  readonly settings: ClientSettings;
  readonly resolver: Resolver;
  readonly scratch: Uint8Array;
  readonly traffic: Traffic;
  readonly attention: Attention;
}

/**
 * One connection, from name to end, and the requests it carries. It tells its story in the log; nobody answers.
 * `#phase` is how far it has come, and says what failed:
 *
 *     resolve -> connect -> [proxy] -> [tls] -> idle -> request -> response -> body -> idle ...
 *
 * However it ends, it says so exactly once: by an END without reuse, or by a FAILURE. Closed by the caller it says
 * nothing, since nobody looks, and the log may belong to the next connection already.
 */
export class HttpConnection implements IntakeEvents, TransportReader {
  readonly #target: ConnectMessage;
  readonly #surroundings: Surroundings;
  readonly #log: LogWriter;
  readonly #intake: Intake;
  readonly #transport: Transport;
  readonly #watch: ResponseWatch;
  /** Aborted when the connection ends. */
  readonly #end = new AbortController();
  #phase: FailurePhase = 'resolve';
  /** Whom the phase is about. */
  #where = '';
  #authority: Authority;
  #head: RequestHead | null = null;
  #upload: Upload | null = null;
  #keepAlive = false;
  /** The response is complete, but not the request. */
  #concluding = false;
  #closed = false;

  constructor(target: ConnectMessage, surroundings: Surroundings) {
    const { log, settings, scratch } = surroundings;
    const host = target.path === null ? normaliseHost(target.host) : 'localhost';
    this.#target = { ...target, host };
    this.#surroundings = surroundings;
    this.#log = log;
    this.#intake = new Intake(log, settings.limits, scratch, this);
    this.#transport = new Transport(this);
    this.#watch = new ResponseWatch(settings.timeouts, (error) => this.#fail(error));
    this.#authority = { host, port: target.port, secure: target.tls !== null, forwarding: null };
    // What is no host may be anything, a password too.
    this.#where = host === '' ? quote(target.host.replace(/:[^@]*@/, ':***@')) : describeTarget(this.#target);
    this.#dial().catch((error: unknown) => this.#fail(error));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get bytesRead(): number {
    return this.#transport.bytesRead;
  }

  get bytesWritten(): number {
    return this.#transport.bytesWritten;
  }

  async #dial(): Promise<void> {
    if (this.#target.host === '') throw new ConnectionError('INVALID_HOST', NO_HOST);
    const { settings, resolver } = this.#surroundings;
    const proxy = proxyOf(this.#target, settings);
    const { socket, direct, cut } = await dial(this.#target, proxy, {
      settings,
      resolver,
      onread: this.#transport.onread,
      signal: this.#end.signal,
      enter: (phase, where) => this.#enter(phase, where),
    });
    this.#transport.open(socket, direct, cut);
    if (this.#closed) return;
    const target = describeTarget(this.#target);
    this.#enter(
      'idle',
      proxy ? `${target} (through the proxy ${hostAndPort(proxy.host, proxy.port)})` : target,
    );
    if (proxy && forwards(proxy, this.#target)) this.#authority = { ...this.#authority, forwarding: proxy };
    this.#tell(Status.CONNECTED);
  }

  #enter(phase: FailurePhase, where = this.#where): void {
    if (this.#closed) return;
    if (phase === 'connect') this.#tell(Status.CONNECTING);
    this.#phase = phase;
    this.#where = where;
  }

  #tell(status: Status): void {
    this.#log.record(RecordType.STATUS, status, 0);
    this.#log.publish();
  }

  /**
   * Writes the request at the end of this turn of the event loop. What the server had sent before it could see the
   * request is read until then, and found out as unsolicited: it can't pass as the answer (RFC 9112 section 9.2).
   */
  request(message: RequestMessage): void {
    const upload = new Upload(message.bodyLength, message.body, () => this.#watch.progressed());
    this.#upload = upload;
    setImmediate(() => this.#write(message, upload));
  }

  /** More of the request's body. If the connection has ended meanwhile, nobody wants it. */
  addBody(bytes: Uint8Array): void {
    this.#upload?.add(bytes);
  }

  #write(message: RequestMessage, upload: Upload): void {
    const { stream } = this.#transport;
    if (this.#closed || stream === null) return;
    this.#head = requestHead(message, this.#authority);
    this.#enter('request');
    this.#log.rewind();
    this.#intake.expect(message.method, this.#head.upgrade);
    this.#watch.asked();
    upload.start(stream, this.#head.text);
    this.#surroundings.traffic.requests += 1;
    this.#surroundings.attention.asked();
  }

  buffer(): Uint8Array {
    return this.#intake.buffer();
  }

  read(count: number, buffer: Uint8Array): boolean {
    const goOn = this.#intake.read(count, buffer);
    if (this.#intake.active) this.#watch.received(!goOn);
    return goOn;
  }

  onHead(head: ResponseHead): void {
    this.#enter('body');
    this.#keepAlive = head.keepAlive && this.#head?.close === false;
  }

  onEnd(leftOver: number): boolean {
    if (this.#keepAlive && leftOver === 0) this.#awaitUpload(FLUSH_TURNS);
    else this.#conclude(false);
    return !this.#concluding;
  }

  /**
   * An answer that comes before the request is sent whole leaves the server in the middle of a body, and the
   * connection is of no more use. But a TLS socket says that it has sent everything some turns of the event loop
   * after the fact, when the answer may be here already.
   */
  #awaitUpload(turns: number): void {
    if (this.#upload?.complete || turns === 0) {
      this.#conclude(this.#upload?.complete === true);
      return;
    }
    this.#concluding = true;
    setImmediate(() => {
      if (this.#concluding) this.#awaitUpload(turns - 1);
    });
  }

  #conclude(reusable: boolean): void {
    this.#concluding = false;
    this.#enter('idle');
    this.#upload = null;
    this.#watch.stop();
    this.#log.record(RecordType.END, reusable ? 1 : 0, 0);
    if (reusable) this.#surroundings.attention.answered();
    this.#log.publish();
    if (!reusable) this.close();
  }

  onUnsolicited(bytes: Uint8Array): void {
    const message = `the server sent ${bytes.length} bytes that no request had asked for`;
    this.#fail(new ConnectionError('UNSOLICITED_DATA', message));
  }

  onError(error: unknown): void {
    this.#fail(error);
  }

  ended(cut: boolean): void {
    this.#intake.afterBacklog(() => {
      if (this.#closed) return;
      if (this.#intake.active) this.#intake.finish(cut);
      else this.#fail(new ConnectionError('CONNECTION_CLOSED', 'the server closed it'));
    });
  }

  failed(error: unknown): void {
    this.#intake.afterBacklog(() => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    if (this.#concluding) {
      // The response is complete; what happens to the connection behind it is no failure.
      this.#conclude(false);
      return;
    }
    if (this.#phase === 'request' && this.#upload?.complete) this.#enter('response');
    const failure = describeFailure(this.#phase, this.#where, error);
    this.#log.record(RecordType.FAILURE, failedStatus(this.#phase), 0, encodeFailure(failure));
    this.#log.publish();
    this.close();
  }

  /** The ring has room again. */
  wake(): void {
    if (this.#closed || !this.#intake.wake()) return;
    this.#watch.resumed();
    this.#transport.resume();
  }

  /** Ends the connection without a word in the log. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#concluding = false;
    this.#upload = null;
    this.#watch.stop();
    this.#end.abort(new ConnectionError('CONNECTION_CLOSED', 'it was closed'));
    this.#surroundings.traffic.bytesRead += this.bytesRead;
    this.#surroundings.traffic.bytesWritten += this.bytesWritten;
    this.#transport.destroy();
  }
}

function describeTarget({ host, port, path }: ConnectMessage): string {
  return path === null ? hostAndPort(host, port) : `unix:${path}`;
}

const NO_HOST = 'it is no name and no address (the port goes apart, a path into request())';

/** Turns of the event loop that a TLS socket may take to say that it has sent everything, with room to spare. */
const FLUSH_TURNS = 8;
