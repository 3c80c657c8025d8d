import type { Line } from './network.ts';
import type { Pace, TransportReader } from './transport.ts';

/**
 * A connection on its way from one client to another. If bytes come meanwhile, it keeps them, and stops the transport.
 * If the connection ends meanwhile, the transport tells the next reader again.
 */
export class Handover implements TransportReader {
  readonly line: Line;
  readonly answering = false;
  readonly #unread: Uint8Array[];
  #claimed = 0;

  /** `unread`: bytes that were read, and that nobody has looked at. */
  constructor(line: Line, unread: readonly Uint8Array[]) {
    this.line = line;
    this.#unread = [...unread];
    line.transport.handTo(this);
  }

  /** All bytes that were read and not looked at, for the next client. */
  get unread(): readonly Uint8Array[] {
    return this.#unread;
  }

  /** As far as the old client knows, this many bytes are unsent. The new client counts on from there. */
  claim(unsent: number): this {
    this.#claimed = unsent;
    return this;
  }

  get claimed(): number {
    return this.#claimed;
  }

  buffer(): Uint8Array {
    return new Uint8Array(PIECE);
  }

  read(count: number, buffer: Uint8Array): Pace {
    this.#unread.push(buffer.slice(0, count));
    return 'stop';
  }

  ended(): void {}

  failed(): void {}

  streamed(): void {}

  shut(): void {}
}

/** Bytes. */
const PIECE = 65_536;

/** Is given a connection. Null: there was none to give. */
export type Receiver = (handover: Handover | null) => void;

/** Where two clients of a thread meet. Each of them speaks through its own port, so either may come first. */
export class Handovers {
  readonly #given = new Map<number, Handover | null>();
  readonly #receivers = new Map<number, Receiver>();

  give(number: number, handover: Handover | null): void {
    const receive = this.#receivers.get(number);
    if (receive) receive(handover);
    else this.#given.set(number, handover);
    this.#receivers.delete(number);
  }

  take(number: number, receive: Receiver): void {
    const handover = this.#given.get(number);
    if (handover === undefined) this.#receivers.set(number, receive);
    else receive(handover);
    this.#given.delete(number);
  }
}
