import type { RequestFate } from '../../shared/failure.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import type { Valve } from '../valve/valve.ts';
import type { Later } from './event-loop.ts';
import type { Lent } from './lent.ts';
import type { Endpoint, Line } from './network.ts';
import type { Protocol, ProtocolOwner } from './protocol.ts';
import type { Pace, TransportReader } from './transport.ts';

/** What every protocol over a transport works with. */
export interface TransportTools {
  readonly owner: ProtocolOwner;
  readonly valve: Valve;
  readonly later: Later;
  readonly lent: Lent;
}

/** A protocol over a transport, which it reads through a valve. */
export abstract class TransportProtocol implements Protocol, TransportReader {
  protected readonly owner: ProtocolOwner;
  protected readonly valve: Valve;
  protected readonly later: Later;
  protected readonly lent: Lent;
  /** Null until the transport is open, and after another protocol has taken over. */
  protected line: Line | null = null;

  constructor({ owner, valve, later, lent }: TransportTools) {
    this.owner = owner;
    this.valve = valve;
    this.later = later;
    this.lent = lent;
  }

  abstract readonly fate: RequestFate | null;
  abstract readonly sent: boolean;
  abstract readonly answering: boolean;
  abstract request(message: RequestMessage): void;
  abstract addBody(bytes: Uint8Array): void;
  abstract read(count: number, buffer: Uint8Array): Pace;
  /** The peer sends nothing more, and all that it has sent is in the sink. */
  protected abstract peerEnded(cut: boolean): void;

  /** The transport is open, and this protocol is its reader. */
  open(line: Line): void {
    this.line = line;
  }

  /** From now on the connection leads to another endpoint. */
  protected leadTo(endpoint: Endpoint): void {
    if (this.line) this.line = { ...this.line, endpoint };
    this.owner.leadsTo(endpoint);
  }

  buffer(): Uint8Array {
    return this.valve.buffer();
  }

  ended(cut: boolean): void {
    this.valve.afterBacklog(() => this.peerEnded(cut));
  }

  failed(error: unknown): void {
    this.valve.afterBacklog(() => this.owner.failed(error));
  }

  streamed(count: number): void {
    this.owner.streamed(count);
  }

  shut(): void {
    this.owner.happened('shut');
  }

  wake(): void {
    if (this.owner.over || !this.valve.wake()) return;
    this.owner.watch?.resumed();
    this.line?.transport.resume();
  }

  release(): Uint8Array[] {
    this.line = null;
    return this.valve.takeBacklog();
  }

  close(): void {
    this.line = null;
  }
}
