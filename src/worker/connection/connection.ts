import { Status } from '../../shared/enums.ts';
import type { ConnectMessage, Port, RequestMessage } from '../../shared/messages.ts';
import type { WorkerTimeouts } from '../../shared/settings.ts';
import { Http1 } from '../http1/http1.ts';
import { RawStream } from '../stream/raw-stream.ts';
import { Valve } from '../valve/valve.ts';
import type { ByteConnection, ClientConnection } from './client-connection.ts';
import { ConnectionError } from './connection-error.ts';
import { describeFailure, type Failed } from './connection-failure.ts';
import type { Receiver } from './handovers.ts';
import type { DialPhase, Endpoint, Line } from './network.ts';
import type { ProtocolOwner } from './protocol.ts';
import { reserveOf } from './reserve.ts';
import { type ResponseWatch, watchOver } from './response-watch.ts';
import { Route, type RouteOwner } from './route.ts';
import { type Action, type Event, FAILURES, STATES, STEPS, type State } from './states.ts';
import type { Story } from './story.ts';
import type { Surroundings } from './surroundings.ts';
import type { TransportProtocol } from './transport-protocol.ts';

/**
 * One connection, from the look-up of its name to its end, and the requests it carries. Its {@link Route} makes it or
 * takes it over, a protocol speaks over it, and its {@link Story} reports to the caller through the log.
 *
 * Everything that happens is reported to `happened()` or `failed()`. The table of states (states.ts) says what follows.
 */
export class Connection implements ClientConnection, ByteConnection, ProtocolOwner, RouteOwner {
  readonly #surroundings: Surroundings;
  readonly #story: Story;
  readonly #valve: Valve;
  readonly #route: Route;
  #state: State = 'new';
  /** The peer that the state is about, for messages. */
  #where = '';
  #protocol: TransportProtocol;
  #watch: ResponseWatch | null = null;

  constructor(surroundings: Surroundings) {
    const { sink, settings, scratch, loop, lent } = surroundings;
    const { later } = loop;
    const { limits, timeouts } = settings;
    this.#surroundings = surroundings;
    this.#story = surroundings.story;
    this.#valve = new Valve(sink, { scratch, later, reserve: reserveOf(limits) });
    this.#protocol = new Http1({ owner: this, valve: this.#valve, later, sink, limits, lent });
    this.#route = new Route(surroundings, this);
    this.setTimeouts(timeouts);
  }

  /** The new time limits take effect at the next request. */
  setTimeouts(timeouts: WorkerTimeouts): void {
    this.#watch?.stop();
    this.#watch = watchOver(timeouts, this.#surroundings.loop, (error) => this.failed(error));
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  /** What a failure would be about if it happened now. */
  get failedNow(): Failed {
    return this.#failedIn(this.#state);
  }

  get watch(): ResponseWatch | null {
    return this.#watch;
  }

  get reader(): TransportProtocol {
    return this.#protocol;
  }

  get bytes(): ByteConnection {
    return this;
  }

  get bytesRead(): number {
    return this.#route.line?.transport.bytesRead ?? 0;
  }

  get bytesWritten(): number {
    return this.#route.line?.transport.bytesWritten ?? 0;
  }

  connect(target: ConnectMessage): void {
    this.#route.dial(target).catch((error: unknown) => this.failed(error));
  }

  /**
   * Goes on with a connection that another client gives away, once `take` brings it. For the caller, the connection is
   * already CONNECTED.
   */
  adopt(take: (receive: Receiver) => void): void {
    this.happened('adopting');
    take((handover) => {
      if (this.#route.adopt(handover)) return;
      this.#where = 'the other end of the given connection';
      this.failed(new ConnectionError('CONNECTION_CLOSED', 'it had already ended'));
    });
  }

  /** Goes on with a stream of the caller's, at the other end of `port`. */
  relay(port: Port): void {
    this.happened('adopting');
    this.#route.relay(port);
  }

  receive(unread: readonly Uint8Array[], sent: number): void {
    this.streamed(sent);
    this.#valve.hold(unread);
  }

  enter(phase: DialPhase, where: string): void {
    if (this.over) return;
    this.#where = where;
    this.happened(STEPS[phase]);
  }

  opened(line: Line): void {
    this.#where = line.endpoint.where;
    this.#protocol.open(line);
    this.happened('opened');
  }

  request(message: RequestMessage): void {
    this.#protocol.request(message);
  }

  addBody(bytes: Uint8Array): void {
    this.#protocol.addBody(bytes);
  }

  /** The ring has room again. */
  wake(): void {
    this.#protocol.wake();
  }

  /** From now on the connection is a stream for the caller. */
  stream(): void {
    this.#route.whenOpen((line) => line && this.happened('streaming'));
  }

  send(bytes: Uint8Array): void {
    this.#route.whenOpen((line) => {
      if (line) line.transport.write(bytes);
      else this.#surroundings.lent.giveBack(bytes);
    });
  }

  shutdown(): void {
    this.#route.whenOpen((line) => line?.transport.end());
  }

  /**
   * Ends this connection, whose transport goes to `receive`; if it is still to arrive here itself, once it has.
   * `takeUnread` returns what is in the sink and will not be read there: from now on the sink serves another
   * connection.
   */
  give(takeUnread: () => Uint8Array, unsent: number, receive: Receiver): void {
    const takeAll = () => [takeUnread(), ...this.#protocol.release()];
    this.#route.give(takeAll, unsent, receive);
    this.close();
  }

  /** Ends the connection without a word in the log. */
  close(): void {
    this.happened('callerLeft');
  }

  uploaded(count: number): void {
    this.#story.uploaded(count);
  }

  streamed(count: number): void {
    this.#story.streamed(count);
  }

  leadsTo(endpoint: Endpoint): void {
    this.#route.leadTo(endpoint);
    this.#where = endpoint.where;
  }

  happened(event: Event): void {
    this.#pass(event, null);
  }

  failed(error: unknown): void {
    this.#pass('failed', error);
  }

  #pass(event: Event, error: unknown): void {
    const from = this.#state;
    const transition = STATES[from][event];
    if (transition === undefined) return;
    const [next, action] = transition;
    this.#state = next;
    this.#act(action, from, error);
    if (next === 'over') this.#letGo();
  }

  #act(action: Action, from: State, error: unknown): void {
    switch (action) {
      case 'nothing':
        break;
      case 'tellConnecting':
        this.#story.status(Status.CONNECTING);
        break;
      case 'tellConnected':
        this.#story.status(Status.CONNECTED);
        break;
      case 'ask':
        this.#surroundings.traffic.requests += 1;
        this.#story.asked();
        break;
      case 'tellComplete':
        this.#story.complete(true);
        break;
      case 'tellOver':
        this.#story.complete(false);
        break;
      case 'beginStream':
        this.#beginStream();
        break;
      case 'tellPeerEnded':
        this.#story.peerEnded();
        break;
      case 'fail':
        this.#fail(from, error);
        break;
      case 'beSilent':
        this.#story.silence();
        break;
      default:
        action satisfies never;
    }
  }

  #beginStream(): void {
    const { line } = this.#route;
    const { sink, loop, lent } = this.#surroundings;
    if (line === null) return;
    const unread = this.#protocol.release();
    const stream = new RawStream({ owner: this, valve: this.#valve, later: loop.later, sink, lent });
    this.#protocol = stream;
    stream.takeOver(line, unread);
  }

  #fail(from: State, error: unknown): void {
    const { explain } = this.#surroundings.network;
    this.#route.line?.endpoint.forget(from === 'idle');
    const [, status] = FAILURES[from];
    const cause = error ?? new ConnectionError('CONNECTION_CLOSED', 'the server closed the connection');
    this.#story.fail(status, describeFailure(this.#failedIn(from), cause, explain));
  }

  #failedIn(state: State): Failed {
    const { fate, sent } = this.#protocol;
    const [about] = FAILURES[state];
    const phase = about === 'request' && sent ? 'response' : about;
    return { phase, where: this.#where, request: fate };
  }

  /** Called once, when the story is over. */
  #letGo(): void {
    const { traffic } = this.#surroundings;
    // The caller may have given up because of a TLS session that the server does not honour. It is not tried again.
    if (this.#protocol.fate === 'unanswered' && this.bytesRead === 0)
      this.#route.line?.endpoint.forget(false);
    this.#protocol.close();
    this.#watch?.stop();
    traffic.bytesRead += this.bytesRead;
    traffic.bytesWritten += this.bytesWritten;
    this.#route.close();
  }
}
