import { isIP, isIPv6, type Socket } from 'node:net';
import { Status } from '../shared/enums.ts';
import type { FailurePhase } from '../shared/failure.ts';
import { RecordType } from '../shared/layout.ts';
import type { ConnectMessage, HeadLimits, RequestMessage } from '../shared/messages.ts';
import { quote } from '../shared/quote.ts';
import type { Attention } from './attention.ts';
import { describeFailure, encodeFailure, failedStatus } from './connection-failure.ts';
import type { ResponseHead } from './http/response.ts';
import { Intake, type IntakeEvents } from './intake.ts';
import type { LogWriter } from './log-writer.ts';
import { type RequestHead, requestHead } from './request-head.ts';
import { normaliseHost, openSocket } from './socket.ts';
import { Upload } from './upload.ts';

/** An error of tickhttp's own, for {@link describeFailure}. */
class ConnectionError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What all connections of a thread, those that are gone included, have done. */
export interface Traffic {
  requests: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What a connection uses of its client and its thread. */
export interface Surroundings {
  readonly log: LogWriter;
  readonly limits: HeadLimits;
  readonly scratch: Uint8Array;
  readonly traffic: Traffic;
  readonly attention: Attention;
}

/**
 * One connection, from name to end, and the requests it carries. It tells its story in the log; nobody answers.
 * `#phase` is how far it has come, and says what failed:
 *
 *     resolve -> connect -> [tls] -> idle -> request -> response -> body -> idle ...
 *
 * However it ends, it says so exactly once: by an END without reuse, or by a FAILURE. Closed by the caller it says
 * nothing, since nobody looks, and the log may belong to the next connection already.
 */
export class HttpConnection implements IntakeEvents {
  readonly #target: ConnectMessage;
  readonly #log: LogWriter;
  readonly #intake: Intake;
  readonly #host: string;
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #phase: FailurePhase = 'resolve';
  #head: RequestHead | null = null;
  #upload: Upload | null = null;
  #keepAlive = false;
  /** The response is complete, but not the request. */
  #concluding = false;
  #closed = false;
  readonly #traffic: Traffic;
  readonly #attention: Attention;

  constructor(target: ConnectMessage, { log, limits, scratch, traffic, attention }: Surroundings) {
    this.#target = target;
    this.#traffic = traffic;
    this.#attention = attention;
    this.#log = log;
    this.#intake = new Intake(log, limits, scratch, this);
    this.#host = normaliseHost(target.host);
    try {
      this.#open();
    } catch (error) {
      // Node throws for what it finds wrong with the options: a CA that is none.
      this.#phase = target.tls ? 'tls' : 'connect';
      this.#fail(error);
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  get bytesWritten(): number {
    return this.#socket?.bytesWritten ?? 0;
  }

  #open(): void {
    const { port, tls, connectTimeout } = this.#target;
    if (this.#host === '') {
      const message = 'it is no name and no address (the port goes apart, a path into request())';
      this.#fail(new ConnectionError('INVALID_HOST', message));
      return;
    }
    if (isIP(this.#host)) this.#resolved();
    if (connectTimeout > 0) this.#timer = setTimeout(() => this.#timeOut(connectTimeout), connectTimeout);
    const socket = openSocket(this.#host, port, tls, {
      buffer: () => this.#intake.buffer(),
      callback: (count, buffer) => !this.#closed && this.#intake.read(count, buffer),
    });
    this.#socket = socket;
    socket.on('lookup', (error) => error || this.#resolved());
    socket.on('connect', () => (tls ? this.#enter('tls') : this.#opened()));
    socket.on('secureConnect', () => this.#opened());
    socket.on('end', () => this.#intake.afterBacklog(() => this.#ended()));
    socket.on('error', (error) => this.#intake.afterBacklog(() => this.#fail(error)));
    socket.on('close', () => {
      this.#intake.afterBacklog(() => this.#fail(new ConnectionError('CONNECTION_CLOSED', 'it was closed')));
    });
  }

  #timeOut(milliseconds: number): void {
    this.#fail(new ConnectionError('CONNECT_TIMEOUT', `no connection after ${milliseconds} ms`));
  }

  #enter(phase: FailurePhase): void {
    this.#phase = phase;
  }

  #resolved(): void {
    if (this.#closed || this.#phase !== 'resolve') return;
    this.#enter('connect');
    this.#tell(Status.CONNECTING);
  }

  #opened(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#enter('idle');
    this.#tell(Status.CONNECTED);
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
    const upload = new Upload(message.bodyLength, message.body);
    this.#upload = upload;
    setImmediate(() => this.#write(message, upload));
  }

  /** More of the request's body. If the connection has ended meanwhile, nobody wants it. */
  addBody(bytes: Uint8Array): void {
    this.#upload?.add(bytes);
  }

  #write(message: RequestMessage, upload: Upload): void {
    if (this.#closed || this.#socket === null) return;
    const { port, tls } = this.#target;
    this.#head = requestHead(message, { host: this.#host, port, secure: tls !== null });
    this.#enter('request');
    this.#log.rewind();
    this.#intake.expect(message.method, this.#head.upgrade);
    upload.start(this.#socket, this.#head.text);
    this.#traffic.requests += 1;
    this.#attention.asked();
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
    this.#log.record(RecordType.END, reusable ? 1 : 0, 0);
    if (reusable) this.#attention.answered();
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

  #ended(): void {
    // A TLS socket reports what a close in the handshake means as an error, right after this.
    if (this.#closed || this.#phase === 'tls') return;
    if (this.#intake.active) this.#intake.finish();
    else this.#fail(new ConnectionError('CONNECTION_CLOSED', 'the server closed it'));
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    if (this.#concluding) {
      // The response is complete; what happens to the connection behind it is no failure.
      this.#conclude(false);
      return;
    }
    if (this.#phase === 'request' && this.#upload?.complete) this.#enter('response');
    const failure = describeFailure(this.#phase, this.#peer(), error);
    this.#log.record(RecordType.FAILURE, failedStatus(this.#phase), 0, encodeFailure(failure));
    this.#log.publish();
    this.close();
  }

  #peer(): string {
    const { host, port } = this.#target;
    // What is no host may be anything, a password too.
    if (this.#host === '') return quote(host.replace(/:[^@]*@/, ':***@'));
    return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
  }

  /** The ring has room again. */
  wake(): void {
    if (!this.#closed && this.#intake.wake()) this.#socket?.resume();
  }

  /** Ends the connection without a word in the log. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#concluding = false;
    this.#upload = null;
    clearTimeout(this.#timer);
    this.#traffic.bytesRead += this.bytesRead;
    this.#traffic.bytesWritten += this.bytesWritten;
    this.#socket?.destroy();
  }
}

/** Turns of the event loop that a TLS socket may take to say that it has sent everything, with room to spare. */
const FLUSH_TURNS = 8;
