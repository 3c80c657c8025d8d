import type { Destination } from './dial/reach.ts';
import type { Transport } from './transport.ts';

/** A connection on its way from one client to another. */
export interface Handover extends Destination {
  readonly transport: Transport;
  /** What was read and nobody has looked at. */
  readonly unread: readonly Uint8Array[];
}

/** Null: there was nothing left to give. */
type Taker = (handover: Handover | null) => void;

/**
 * Where two clients of a thread meet. What they say to it comes through a port each, so it is not known who is first.
 */
export class Handovers {
  readonly #given = new Map<number, Handover | null>();
  readonly #takers = new Map<number, Taker>();

  give(number: number, handover: Handover | null): void {
    const taker = this.#takers.get(number);
    if (taker) taker(handover);
    else this.#given.set(number, handover);
    this.#takers.delete(number);
  }

  take(number: number, taker: Taker): void {
    const handover = this.#given.get(number);
    if (handover === undefined) this.#takers.set(number, taker);
    else taker(handover);
    this.#given.delete(number);
  }
}
