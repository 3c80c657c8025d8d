import type { Duplex } from 'node:stream';
import { Status } from '../../shared/enums.ts';
import type { FailurePhase } from '../../shared/failure.ts';
import type { LogWriter } from '../../shared/log/writer.ts';
import type { ConnectMessage, RequestMessage, Unread } from '../../shared/messages.ts';
import type { Timeouts } from '../../shared/settings.ts';
import { Exchange } from '../http1/exchange.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import type { Destination } from '../node/dial/reach.ts';
import type { Pace } from '../node/transport.ts';
import { Intake, type IntakeEvents } from '../valve/intake.ts';
import { ConnectionError } from './connection-error.ts';
import { describeFailure, failedStatus } from './connection-failure.ts';
import type { Handover } from './handovers.ts';
import { type ResponseWatch, watchOver } from './response-watch.ts';
import { Route, type RouteOwner } from './route.ts';
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
export class HttpConnection implements IntakeEvents, RouteOwner {
  readonly #surroundings: Surroundings;
  readonly #log: LogWriter;
  readonly #story: Story;
  readonly #intake: Intake;
  #watch: ResponseWatch | null = null;
  readonly #route: Route;
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
    this.#route = new Route(surroundings, this);
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
    return this.#route.transport.bytesRead;
  }

  get bytesWritten(): number {
    return this.#route.transport.bytesWritten;
  }

  connect(target: ConnectMessage): void {
    this.#route
      .dial(target)
      .then(() => this.#story.status(Status.CONNECTED))
      .catch((error: unknown) => this.#fail(error));
  }

  /** Goes on with what another client has given away. The caller takes it for CONNECTED already. */
  adopt(handover: Handover | null): void {
    if (this.#route.adopt(handover)) return;
    this.enter('idle', 'a connection that was given away');
    this.#fail(new ConnectionError('CONNECTION_CLOSED', 'it had ended before'));
  }

  /** Goes on with a stream of the caller's. */
  relay(stream: Duplex): void {
    this.#route.relay(stream);
  }

  receive(unread: readonly Uint8Array[], sent: number): void {
    this.#log.sent(sent);
    this.#intake.hold(unread);
  }

  enter(phase: FailurePhase, where = this.#where): void {
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
    this.#route.whenOpen(() => setImmediate(() => this.#write(exchange)));
  }

  /** More of the request's body. If the connection has ended meanwhile, nobody wants it. */
  addBody(bytes: Uint8Array): void {
    this.#exchange?.addBody(bytes);
  }

  #write(exchange: Exchange): void {
    // What was held is not for this request, nor is what a stopped stream has not read yet.
    this.#release(false);
    const { destination, transport } = this.#route;
    const { stream, writer } = transport;
    // Of one that is destroyed the end is still to be heard, and nothing was sent.
    if (this.#story.over || destination === null || stream === null || stream.destroyed) return;
    if (transport.isBehind()) {
      setImmediate(() => this.#write(exchange));
      return;
    }
    this.enter('request');
    this.#log.rewind();
    this.#watch?.asked(exchange.message.bodyLength > 0);
    this.#log.asked();
    writer?.flush();
    const upgrade = exchange.send(stream, destination);
    this.#intake.expect(exchange.message.method, upgrade);
    this.#surroundings.traffic.requests += 1;
    this.#surroundings.attention.asked();
  }

  /** The connection is the caller's from here on. */
  stream(): void {
    this.#route.whenOpen(() => {
      this.#streaming = true;
      this.enter('stream');
      this.#release(true);
    });
  }

  #release(stream: boolean): void {
    if (!this.#story.over && this.#intake.release(stream)) this.#route.transport.resume();
  }

  send(bytes: Uint8Array): void {
    this.#route.whenOpen(() => this.#route.transport.writer?.write(bytes));
  }

  shutdown(): void {
    this.#route.whenOpen(() => this.#route.transport.writer?.end());
  }

  sent(count: number): void {
    this.#log.sent(count);
  }

  shut(): void {
    if (this.#streaming && !this.#intake.active) this.#conclude(false);
  }

  /** Ends here, and goes on elsewhere, as soon as it is here itself. The log is another's from here on. */
  give(unread: Unread | null, unsent: number, receive: (handover: Handover | null) => void): void {
    const takeUnread = () => [this.#log.unread(unread), ...this.#intake.takeBacklog()];
    this.#route.give(takeUnread, unsent, receive);
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
    this.enter('body');
    this.#watch?.answered();
    this.#exchange?.answered(head);
  }

  onEnd(leftOver: Uint8Array): boolean {
    const { beyond = null, keepAlive = false } = this.#exchange ?? {};
    this.#watch?.stop();
    if (beyond) this.#leadOn(beyond, leftOver);
    if (this.#streaming) this.#endReading();
    else if (beyond || (keepAlive && leftOver.length === 0)) this.#concludeWhenSent();
    else this.#conclude(false);
    return !this.#concluding;
  }

  /** The peer's end is not that of what we send, where the stream lets us. What is lost the caller knows. */
  #endReading(): void {
    if (this.#route.transport.writer?.outlivesReading) this.#story.peerEnded();
    else this.#conclude(false);
  }

  /** What follows is no HTTP, or that of another server: for the caller to say. */
  #leadOn(beyond: Destination, leftOver: Uint8Array): void {
    // A proxy that has led on reads no more requests: its password is not for who does.
    this.#route.leadTo({ ...beyond, authority: { ...beyond.authority, forwarding: null } });
    this.#where = beyond.where;
    this.#intake.hold([leftOver.slice()]);
  }

  /** An answer that comes before the request is sent whole leaves the server in the middle of a body. */
  #concludeWhenSent(): void {
    this.#concluding = true;
    this.#exchange?.afterSent((sent) => {
      if (this.#concluding) this.#conclude(sent);
    });
  }

  #conclude(reusable: boolean): void {
    if (this.#story.over) return;
    this.#concluding = false;
    this.enter('idle');
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
    this.#route.destination?.forget(this.#phase === 'idle');
    if (this.#phase === 'request' && this.#exchange?.sent) this.enter('response');
    const failure = describeFailure(this.#phase, this.#where, error, this.#exchange?.fate ?? null);
    this.#story.fail(failedStatus(this.#phase), failure);
    this.#letGo();
  }

  /** The ring has room again. */
  wake(): void {
    if (this.#story.over || !this.#intake.wake()) return;
    this.#watch?.resumed();
    this.#route.transport.resume();
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
    if (this.#exchange?.fate === 'unanswered' && this.bytesRead === 0) this.#route.destination?.forget(false);
    this.#concluding = false;
    this.#exchange = null;
    this.#watch?.stop();
    this.#surroundings.traffic.bytesRead += this.bytesRead;
    this.#surroundings.traffic.bytesWritten += this.bytesWritten;
    this.#route.close();
  }
}
