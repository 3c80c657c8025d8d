import type { ConnectMessage, Port } from '../../shared/messages.ts';
import { ConnectionError } from './connection-error.ts';
import { Handover, type Receiver } from './handovers.ts';
import type { DialPhase, Endpoint, Line } from './network.ts';
import type { Surroundings } from './surroundings.ts';
import type { TransportReader } from './transport.ts';

/** The owner of a route: a connection. */
export interface RouteOwner {
  readonly over: boolean;
  /** Reads the transport once it is open. */
  readonly reader: TransportReader;
  /** A step of dialling begins. `where` is the peer that the step is about. */
  enter(phase: DialPhase, where: string): void;
  /**
   * `unread`: bytes that were read before the connection came here. `sent`: bytes of a stream sent since it was given.
   */
  receive(unread: readonly Uint8Array[], sent: number): void;
  opened(line: Line): void;
}

/**
 * How a connection comes here, and where it goes on to. It is dialled, or a stream of the caller's, or was another
 * client's. It may be given to another client, even before it has arrived here. What is to be done with it waits until
 * it arrives.
 */
export class Route {
  readonly #surroundings: Surroundings;
  readonly #owner: RouteOwner;
  #line: Line | null = null;
  /** Gives up dialling. */
  #dialling: AbortController | null = null;
  /**
   * What is to be done once the transport is open, called with null if it never will be. That of another client may
   * come late.
   */
  readonly #waiting: ((line: Line | null) => void)[] = [];
  #closed = false;
  /** The receiver to which the connection goes as soon as it arrives here. */
  #receiver: Receiver | null = null;

  constructor(surroundings: Surroundings, owner: RouteOwner) {
    this.#surroundings = surroundings;
    this.#owner = owner;
  }

  /** Null until the transport is open, and after it was given away. */
  get line(): Line | null {
    return this.#line;
  }

  /** Calls `act` when the transport is open, at once if it is; with null if it never will be. */
  whenOpen(act: (line: Line | null) => void): void {
    if (this.#line || this.#hopeless) act(this.#line);
    else this.#waiting.push(act);
  }

  /** No connection will arrive, for this client or for another. */
  get #hopeless(): boolean {
    return this.#closed && this.#receiver === null;
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

  /** Goes on with a stream of the caller's. Its other end is not known. */
  relay(port: Port): void {
    const line = this.#surroundings.network.relay(port, this.#owner.reader);
    this.#owner.receive([], 0);
    this.#open(line);
  }

  /** Goes on with the connection of another client. Returns false if there was none, and nobody else waits for it. */
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
    this.#receiver = null;
    // Writes that were waiting for the connection go first.
    this.#actOn(handover?.line ?? null);
    receiver(handover);
  }

  #open(line: Line): void {
    this.#line = line;
    this.#owner.opened(line);
    this.#actOn(line);
  }

  #actOn(line: Line | null): void {
    for (const act of this.#waiting.splice(0)) act(line);
  }

  /** From now on the connection leads to another endpoint. */
  leadTo(endpoint: Endpoint): void {
    if (this.#line) this.#line = { ...this.#line, endpoint };
  }

  /** Gives the connection away, once it has arrived here. `takeUnread` returns what was read and not looked at. */
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
    this.#closed = true;
    if (this.#hopeless) this.#actOn(this.#line);
  }
}
