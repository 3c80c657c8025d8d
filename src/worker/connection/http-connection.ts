import type { Duplex } from 'node:stream';
import { Status } from '../../shared/enums.ts';
import type { FailurePhase } from '../../shared/failure.ts';
import type { LogWriter } from '../../shared/log/writer.ts';
import type { ConnectMessage, RequestMessage, Unread } from '../../shared/messages.ts';
import type { Timeouts } from '../../shared/settings.ts';
import { Exchange } from '../http1/exchange.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import { type Destination, reach } from '../node/dial/reach.ts';
import { type Pace, Transport, type TransportReader } from '../node/transport.ts';
import { Intake, type IntakeEvents } from '../valve/intake.ts';
import { ConnectionError } from './connection-error.ts';
import { describeFailure, failedStatus } from './connection-failure.ts';
import { Handover } from './handovers.ts';
import { type ResponseWatch, watchOver } from './response-watch.ts';
import { Story } from './story.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * One connection, from name to end, and the requests it carries. It tells its story in the log; nobody answers.
 * `#phase` is how far it has come, and says what failed:
 *
 *     resolve -> connect -> [proxy] -> [tls] -> idle -> request -> response -> body -> idle ...
 *
 * What it says of itself goes through its {@link Story}, and there it ends exactly once.
 */
export class HttpConnection implements IntakeEvents, TransportReader {
  readonly #surroundings: Surroundings;
  readonly #log: LogWriter;
  readonly #story: Story;
  readonly #intake: Intake;
  #watch: ResponseWatch | null = null;
  #transport: Transport;
  #destination: Destination | null = null;
  /** Gives up the making of the connection. */
  #dialling: AbortController | null = null;
  /** What is to be done once the transport is up: another client's may come late. */
  readonly #waiting: (() => void)[] = [];
  /** Who is given the connection as soon as it is here. */
  #heir: ((handover: Handover | null) => void) | null = null;
  #phase: FailurePhase = 'resolve';
  /** Whom the phase is about. */
  #where = '';
  #exchange: Exchange | null = null;
  #streaming = false;
  /** The response is complete, but not the request. */
  #concluding = false;

  constructor(surroundings: Surroundings) {
    const { log, settings, scratch } = surroundings;
    this.#surroundings = surroundings;
    this.#log = log;
    this.#story = new Story(log);
    this.#intake = new Intake(log, settings.limits, scratch, this);
    this.#transport = new Transport(this);
    this.setTimeouts(settings.timeouts);
  }

  /** From the next request on. */
  setTimeouts(timeouts: Timeouts): void {
    this.#watch?.stop();
    this.#watch = watchOver(timeouts, (error) => this.#fail(error));
  }

  get closed(): boolean {
    return this.#story.over;
  }

  get bytesRead(): number {
    return this.#transport.bytesRead;
  }

  get bytesWritten(): number {
    return this.#transport.bytesWritten;
  }

  connect(target: ConnectMessage): void {
    this.#dial(target).catch((error: unknown) => this.#fail(error));
  }

  async #dial(target: ConnectMessage): Promise<void> {
    const { settings, resolver } = this.#surroundings;
    this.#dialling = new AbortController();
    const reached = await reach(target, {
      settings,
      resolver,
      onread: this.#transport.onread,
      signal: this.#dialling.signal,
      enter: (phase, where) => this.#enter(phase, where),
    });
    this.#dialling = null;
    // Not before: the tunnels count on Node to close what ends. `ended` does it itself.
    reached.socket.allowHalfOpen = true;
    this.#transport.open(reached.socket, reached.direct, reached.cut);
    this.#opened(reached);
    this.#story.status(Status.CONNECTED);
  }

  /** Goes on with what another client has given away. The caller takes it for CONNECTED already. */
  adopt(handover: Handover | null): void {
    if (this.#heir) this.#passOn(handover, this.#heir);
    else if (this.#story.over) handover?.transport.destroy();
    else if (handover) this.#takeOver(handover);
    else {
      this.#enter('idle', 'a connection that was given away');
      this.#fail(new ConnectionError('CONNECTION_CLOSED', 'it had ended before'));
    }
  }

  #takeOver({ destination, transport, unread, claimed }: Handover): void {
    this.#transport = transport;
    this.#log.sent(claimed - (transport.writer?.unsent ?? 0));
    this.#intake.hold(unread);
    this.#opened(destination);
    transport.handTo(this);
  }

  #passOn(handover: Handover | null, heir: (handover: Handover | null) => void): void {
    if (handover) {
      // What was written to it meanwhile.
      this.#transport = handover.transport;
      for (const act of this.#waiting.splice(0)) act();
    }
    heir(handover);
  }

  /** Goes on with a stream of the caller's. What it is connected to is not known. */
  relay(stream: Duplex): void {
    this.#intake.hold([]);
    this.#transport.open(stream, false, () => false);
    const authority = { host: '', port: 80, secure: false, forwarding: null };
    this.#opened({ authority, where: 'the stream that was given', forget: () => {} });
  }

  #opened(destination: Destination): void {
    if (this.#story.over) return;
    this.#destination = destination;
    this.#enter('idle', destination.where);
    for (const act of this.#waiting.splice(0)) act();
  }

  #whenOpen(act: () => void): void {
    if (this.#destination) act();
    else this.#waiting.push(act);
  }

  #enter(phase: FailurePhase, where = this.#where): void {
    if (this.#story.over) return;
    if (phase === 'connect') this.#story.status(Status.CONNECTING);
    this.#phase = phase;
    this.#where = where;
  }

  /**
   * Writes the request at the end of this turn of the event loop. What the server had sent before it could see the
   * request is read until then, and found out as unsolicited: it can't pass as the answer (RFC 9112 section 9.2).
   */
  request(message: RequestMessage): void {
    const watch = this.#watch;
    const exchange = new Exchange(message, watch && ((sent) => watch.progressed(sent)));
    this.#exchange = exchange;
    this.#whenOpen(() => setImmediate(() => this.#write(exchange)));
  }

  /** More of the request's body. If the connection has ended meanwhile, nobody wants it. */
  addBody(bytes: Uint8Array): void {
    this.#exchange?.addBody(bytes);
  }

  #write(exchange: Exchange): void {
    // What was held is not for this request, nor is what a stopped stream has not read yet.
    this.#release(false);
    const { stream } = this.#transport;
    // Of one that is destroyed the end is still to be heard, and nothing was sent.
    if (this.#story.over || this.#destination === null || stream === null || stream.destroyed) return;
    if (this.#transport.isBehind()) {
      setImmediate(() => this.#write(exchange));
      return;
    }
    this.#enter('request');
    this.#log.rewind();
    this.#watch?.asked(exchange.message.bodyLength > 0);
    this.#log.asked();
    this.#transport.writer?.flush();
    const upgrade = exchange.send(stream, this.#destination);
    this.#intake.expect(exchange.message.method, upgrade);
    this.#surroundings.traffic.requests += 1;
    this.#surroundings.attention.asked();
  }

  /** The connection is the caller's from here on. */
  stream(): void {
    this.#whenOpen(() => {
      this.#streaming = true;
      this.#enter('stream');
      this.#release(true);
    });
  }

  #release(stream: boolean): void {
    if (!this.#story.over && this.#intake.release(stream)) this.#transport.resume();
  }

  send(bytes: Uint8Array): void {
    this.#whenOpen(() => this.#transport.writer?.write(bytes));
  }

  shutdown(): void {
    this.#whenOpen(() => this.#transport.writer?.end());
  }

  sent(count: number): void {
    this.#log.sent(count);
  }

  shut(): void {
    if (this.#streaming && !this.#intake.active) this.#conclude(false);
  }

  /** Ends here, and goes on elsewhere, as soon as it is here itself. The log is another's from here on. */
  give(unread: Unread | null, unsent: number, receive: (handover: Handover | null) => void): void {
    const transport = this.#transport;
    if (this.#destination) {
      const pieces = [this.#log.unread(unread), ...this.#intake.takeBacklog()];
      this.#transport = new Transport(this);
      receive(new Handover(this.#destination, transport, pieces).claim(unsent));
    } else if (this.#story.over) receive(null);
    else this.#heir = (handover) => receive(handover?.claim(unsent) ?? null);
    this.close();
  }

  get answering(): boolean {
    return this.#intake.active && !this.#streaming;
  }

  buffer(): Uint8Array {
    return this.#intake.buffer();
  }

  read(count: number, buffer: Uint8Array): Pace {
    if (this.#intake.active) this.#exchange?.heard();
    const pace = this.#intake.read(count, buffer);
    if (this.#intake.active && !this.#streaming) this.#watch?.received(pace === 'stop');
    return pace;
  }

  onHead(head: ResponseHead): void {
    this.#enter('body');
    this.#watch?.answered();
    this.#exchange?.answered(head);
  }

  onEnd(leftOver: Uint8Array): boolean {
    const { beyond = null, keepAlive = false } = this.#exchange ?? {};
    this.#watch?.stop();
    if (beyond) this.#leadOn(beyond, leftOver);
    if (this.#streaming) this.#endReading();
    else if (beyond || (keepAlive && leftOver.length === 0)) this.#awaitSent(FLUSH_TURNS);
    else this.#conclude(false);
    return !this.#concluding;
  }

  /** The peer's end is not that of what we send, where the stream lets us. What is lost the caller knows. */
  #endReading(): void {
    if (this.#transport.writer?.outlivesReading) this.#story.peerEnded();
    else this.#conclude(false);
  }

  /** What follows is no HTTP, or that of another server: for the caller to say. */
  #leadOn(beyond: Destination, leftOver: Uint8Array): void {
    // A proxy that has led on reads no more requests: its password is not for who does.
    this.#destination = { ...beyond, authority: { ...beyond.authority, forwarding: null } };
    this.#where = beyond.where;
    this.#intake.hold([leftOver.slice()]);
  }

  /**
   * An answer that comes before the request is sent whole leaves the server in the middle of a body, and the
   * connection is of no more use. But a TLS socket says that it has sent everything some turns of the event loop
   * after the fact, when the answer may be here already.
   */
  #awaitSent(turns: number): void {
    const sent = this.#exchange?.sent === true;
    if (sent || turns === 0) {
      this.#conclude(sent);
      return;
    }
    this.#concluding = true;
    setImmediate(() => {
      if (this.#concluding) this.#awaitSent(turns - 1);
    });
  }

  #conclude(reusable: boolean): void {
    if (this.#story.over) return;
    this.#concluding = false;
    this.#enter('idle');
    this.#exchange = null;
    if (reusable) this.#surroundings.attention.answered();
    this.#story.complete(reusable);
    if (!reusable) this.#letGo();
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
      if (this.#story.over) return;
      if (this.#intake.active) this.#intake.finish(cut);
      else this.#fail(new ConnectionError('CONNECTION_CLOSED', 'the server closed it'));
    });
  }

  failed(error: unknown): void {
    this.#intake.afterBacklog(() => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#story.over) return;
    if (this.#concluding) {
      // The response is complete; what happens to the connection behind it is no failure.
      this.#conclude(false);
      return;
    }
    this.#destination?.forget(this.#phase === 'idle');
    if (this.#phase === 'request' && this.#exchange?.sent) this.#enter('response');
    const failure = describeFailure(this.#phase, this.#where, error, this.#exchange?.fate ?? null);
    this.#story.fail(failedStatus(this.#phase), failure);
    this.#letGo();
  }

  /** The ring has room again. */
  wake(): void {
    if (this.#story.over || !this.#intake.wake()) return;
    this.#watch?.resumed();
    this.#transport.resume();
  }

  /** Ends the connection without a word in the log. */
  close(): void {
    if (this.#story.over) return;
    this.#story.silence();
    this.#letGo();
  }

  /** Once, when its story is over. */
  #letGo(): void {
    // The caller may have given up a TLS session that the server does not honour: it is not tried again.
    if (this.#exchange?.fate === 'unanswered' && this.bytesRead === 0) this.#destination?.forget(false);
    this.#concluding = false;
    this.#exchange = null;
    this.#watch?.stop();
    this.#dialling?.abort(new ConnectionError('CONNECTION_CLOSED', 'it was closed'));
    this.#surroundings.traffic.bytesRead += this.bytesRead;
    this.#surroundings.traffic.bytesWritten += this.bytesWritten;
    this.#transport.destroy();
  }
}

/** Turns of the event loop that a TLS socket may take to say that it has sent everything, with room to spare. */
const FLUSH_TURNS = 8;
