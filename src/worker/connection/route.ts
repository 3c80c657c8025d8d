import type { ConnectMessage, Port } from '../../shared/messages.ts';
import { ConnectionError } from './connection-error.ts';
import { Handover, type Receiver } from './handovers.ts';
import type { DialPhase, Endpoint, Line } from './network.ts';
import type { Surroundings } from './surroundings.ts';
import type { TransportReader } from './transport.ts';

/** Whose route it is. */
export interface RouteOwner {
  readonly over: boolean;
  /** Reads the transport, from when it is up. */
  readonly reader: TransportReader;
  /** A step of dialling begins. `where` is whom it is about. */
  enter(phase: DialPhase, where: string): void;
  /** Bytes that were read before the connection came here, and how many of those it had to send are sent. */
  receive(unread: readonly Uint8Array[], sent: number): void;
  opened(line: Line): void;
}

/**
 * How the bytes of a connection come here, and where they go on to: it is dialled, or a stream of the caller's, or was
 * another client's; and it may be given to another client, also before it has come. What is done with it before that
 * waits.
 */
export class Route {
  readonly #surroundings: Surroundings;
  readonly #owner: RouteOwner;
  #line: Line | null = null;
  /** Gives up the making of the connection. */
  #dialling: AbortController | null = null;
  /** What is to be done once the transport is up: another client's may come late. */
  readonly #waiting: ((line: Line) => void)[] = [];
  /** Who is given the connection as soon as it is here. */
  #receiver: Receiver | null = null;

  constructor(surroundings: Surroundings, owner: RouteOwner) {
    this.#surroundings = surroundings;
    this.#owner = owner;
  }

  /** Null until the transport is up, and when it was given away. */
  get line(): Line | null {
    return this.#line;
  }

  /** Calls `act` once the transport is up: now, if it is. */
  whenOpen(act: (line: Line) => void): void {
    if (this.#line) act(this.#line);
    else this.#waiting.push(act);
  }

  /** Rejects with what went wrong on the way. */
  async dial(target: ConnectMessage): Promise<void> {
    const { settings, network } = this.#surroundings;
    this.#dialling = new AbortController();
    const line = await network.dial(target, {
      settings,
      reader: this.#owner.reader,
      signal: this.#dialling.signal,
      enter: (phase, where) => this.#owner.enter(phase, where),
    });
    this.#dialling = null;
    if (this.#owner.over) line.transport.destroy();
    else this.#open(line);
  }

  /** Goes on with a stream of the caller's. What it is connected to is not known. */
  relay(port: Port): void {
    const line = this.#surroundings.network.relay(port, this.#owner.reader);
    this.#owner.receive([], 0);
    this.#open(line);
  }

  /** Goes on with what another client has given away. False: that was nothing, and it is for nobody else. */
  adopt(handover: Handover | null): boolean {
    if (this.#receiver) this.#passOn(handover, this.#receiver);
    else if (this.#owner.over) handover?.line.transport.destroy();
    else if (handover) this.#takeOver(handover);
    else return false;
    return true;
  }

  #takeOver({ line, unread, claimed }: Handover): void {
    this.#owner.receive(unread, claimed - line.transport.unsent);
    line.transport.handTo(this.#owner.reader);
    this.#open(line);
  }

  #passOn(handover: Handover | null, receiver: Receiver): void {
    // What was written to it meanwhile.
    if (handover) this.#actOn(handover.line);
    receiver(handover);
  }

  #open(line: Line): void {
    this.#line = line;
    this.#owner.opened(line);
    this.#actOn(line);
  }

  #actOn(line: Line): void {
    for (const act of this.#waiting.splice(0)) act(line);
  }

  /** What follows is that of another endpoint. */
  leadTo(endpoint: Endpoint): void {
    if (this.#line) this.#line = { ...this.#line, endpoint };
  }

  /** Gives the connection away, as soon as it is here itself. `takeUnread` returns what was read and not looked at. */
  give(takeUnread: () => Uint8Array[], unsent: number, receiver: Receiver): void {
    const line = this.#line;
    if (line) {
      const unread = takeUnread();
      this.#line = null;
      receiver(new Handover(line, unread).claim(unsent));
    } else if (this.#owner.over) receiver(null);
    else this.#receiver = (handover) => receiver(handover?.claim(unsent) ?? null);
  }

  close(): void {
    this.#dialling?.abort(new ConnectionError('CONNECTION_CLOSED', 'the connection was closed'));
    this.#line?.transport.destroy();
  }
}
