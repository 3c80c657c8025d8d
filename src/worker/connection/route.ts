import type { Duplex } from 'node:stream';
import type { FailurePhase } from '../../shared/failure.ts';
import type { ConnectMessage } from '../../shared/messages.ts';
import { type Destination, reach } from '../node/dial/reach.ts';
import { Transport, type TransportReader } from '../node/transport.ts';
import { ConnectionError } from './connection-error.ts';
import { Handover } from './handovers.ts';
import type { Surroundings } from './surroundings.ts';

/** Whose route it is. */
export interface RouteOwner extends TransportReader {
  readonly closed: boolean;
  enter(phase: FailurePhase, where: string): void;
  /** Bytes that were read before the connection came here, and how many of those it had to send are sent. */
  receive(unread: readonly Uint8Array[], sent: number): void;
}

/** Null: there was nothing to give. */
type Receiver = (handover: Handover | null) => void;

/**
 * How the bytes of a connection come here, and where they go on to: it is dialled, or a stream of the caller's, or was
 * another client's; and it may be given to another client, also before it has come. What is done with it before that
 * waits.
 */
export class Route {
  readonly #surroundings: Surroundings;
  readonly #owner: RouteOwner;
  #transport: Transport;
  #destination: Destination | null = null;
  /** Gives up the making of the connection. */
  #dialling: AbortController | null = null;
  /** What is to be done once the transport is up: another client's may come late. */
  readonly #waiting: (() => void)[] = [];
  /** Who is given the connection as soon as it is here. */
  #receiver: Receiver | null = null;

  constructor(surroundings: Surroundings, owner: RouteOwner) {
    this.#surroundings = surroundings;
    this.#owner = owner;
    this.#transport = new Transport(owner);
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Null until the transport is up. */
  get destination(): Destination | null {
    return this.#destination;
  }

  /** Calls `act` once the transport is up: now, if it is. */
  whenOpen(act: () => void): void {
    if (this.#destination) act();
    else this.#waiting.push(act);
  }

  async dial(target: ConnectMessage): Promise<void> {
    const { settings, resolver } = this.#surroundings;
    this.#dialling = new AbortController();
    const reached = await reach(target, {
      settings,
      resolver,
      onread: this.#transport.onread,
      signal: this.#dialling.signal,
      enter: (phase, where) => this.#owner.enter(phase, where),
    });
    this.#dialling = null;
    // Not before: the tunnels count on Node to close what ends. The owner does it itself.
    reached.socket.allowHalfOpen = true;
    this.#transport.open(reached.socket, reached.direct, reached.cut);
    this.#opened(reached);
  }

  /** What it is connected to is not known. */
  relay(stream: Duplex): void {
    this.#owner.receive([], 0);
    this.#transport.open(stream, false, () => false);
    const authority = { host: '', port: 80, secure: false, forwarding: null };
    this.#opened({ authority, where: 'the stream that was given', forget: () => {} });
  }

  /** Goes on with what another client has given away. False: that was nothing, and it is for nobody else. */
  adopt(handover: Handover | null): boolean {
    if (this.#receiver) this.#passOn(handover, this.#receiver);
    else if (this.#owner.closed) handover?.transport.destroy();
    else if (handover) this.#takeOver(handover);
    else return false;
    return true;
  }

  #takeOver({ destination, transport, unread, claimed }: Handover): void {
    this.#transport = transport;
    this.#owner.receive(unread, claimed - (transport.writer?.unsent ?? 0));
    this.#opened(destination);
    transport.handTo(this.#owner);
  }

  #passOn(handover: Handover | null, receiver: Receiver): void {
    if (handover) {
      // What was written to it meanwhile.
      this.#transport = handover.transport;
      for (const act of this.#waiting.splice(0)) act();
    }
    receiver(handover);
  }

  #opened(destination: Destination): void {
    if (this.#owner.closed) return;
    this.#destination = destination;
    this.#owner.enter('idle', destination.where);
    for (const act of this.#waiting.splice(0)) act();
  }

  /** What follows is that of another server. */
  leadTo(destination: Destination): void {
    this.#destination = destination;
  }

  /** Gives the connection away, as soon as it is here itself. `takeUnread` returns what was read and not looked at. */
  give(takeUnread: () => Uint8Array[], unsent: number, receiver: Receiver): void {
    const transport = this.#transport;
    if (this.#destination) {
      const unread = takeUnread();
      this.#transport = new Transport(this.#owner);
      receiver(new Handover(this.#destination, transport, unread).claim(unsent));
    } else if (this.#owner.closed) receiver(null);
    else this.#receiver = (handover) => receiver(handover?.claim(unsent) ?? null);
  }

  close(): void {
    this.#dialling?.abort(new ConnectionError('CONNECTION_CLOSED', 'it was closed'));
    this.#transport.destroy();
  }
}
