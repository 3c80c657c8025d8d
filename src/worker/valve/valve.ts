import type { Later } from '../connection/event-loop.ts';
import type { Pace } from '../connection/transport.ts';
import type { BodySink } from '../sinks/body-sink.ts';
import { LateNotify } from './late-notify.ts';
import type { Wire } from './wire.ts';

/** What a {@link Valve} works with. */
export interface ValveOptions {
  /** Bytes that are not body are read into this; all connections of a thread may share it. */
  readonly scratch: Uint8Array;
  /**
   * Bytes of the sink that are kept free for what has no bytes on the wire: headers of records, the text of a failure.
   * Together with the most that a wire keeps, it must be less than half of the sink. Otherwise the sink could be half
   * free and still have no room for a read.
   */
  readonly reserve: number;
  /** Calls `act` in the next turn of the event loop. */
  readonly later: Later;
}

/**
 * Stands between a transport, which reads as fast as it can, and a sink, which has limited room. It knows no protocol:
 * a {@link Wire} turns the bytes into what the sink gets. Node's `onread` option lets the owner of a socket choose the
 * memory of each read: Node calls `buffer` for it, then `read` with the number of bytes, and then `buffer` again.
 *
 *     known to be body, and much of it   -> a region of the sink; the bytes are at their place already
 *     anything else (heads, chunk sizes) -> the scratch buffer; the wire copies what is body into the sink
 *
 *              read                      no room                        wake, and half is free
 *     transport ----> open ----------------------------> full ---------------------------------> open
 *                      |                                  ^
 *                      | hold()                           | release(), and the backlog does not fit
 *                      +--------------> held -------------+
 *
 * - **Room.** The sink never overflows, because a read is at most as large as the sink's room (`#room`). Each byte of
 *   the wire takes at most one byte there: coming body bytes share a record, and room is reserved for bytes that the
 *   wire keeps. Between reads the room only grows, since only this thread writes. The exception is a ring that is
 *   rewound before an answer, and that leaves room for a modest read.
 * - **Full.** With little room left, `read` says 'stop', and the transport stops once `read` has returned. The read
 *   that was prepared meanwhile happens after the wake, when half the sink is free, so there is room for a modest one.
 *   The wake is a message, handled after `read` has returned, so it can't come too early. A stopped TLS socket still
 *   hands out what it had read and not decrypted, some 64 KiB at most. That, and the end of the stream behind it, waits
 *   in the backlog.
 * - **Held.** Nothing is read or looked at until it is known what the bytes are.
 * - **Fairness.** Node reads a socket up to 32 times before it turns to the next, and a TLS socket once for each
 *   record. So the cost of reads is added up, and at {@link BUDGET} `read` says 'yield': the next read comes in the
 *   next turn of the event loop. For the same reason a body that is more framing than data is read in modest pieces,
 *   and any other body in large ones.
 *
 * The scratch buffer is filled and emptied within one `read`.
 */
export class Valve {
  readonly #sink: BodySink;
  readonly #scratch: Uint8Array;
  readonly #reserve: number;
  readonly #directLeast: number;
  readonly #lateNotify: LateNotify;
  #wire: Wire = NO_WIRE;
  #state: 'open' | 'full' | 'held' = 'open';
  /** The last `buffer()` was a region of the sink. */
  #direct = false;
  /** The most bytes of the next read into the scratch buffer. */
  #appetite = MODEST;
  /** What the reads of this turn have cost. */
  #spent = 0;
  #publishesLater = false;
  /** What came after the stop, in order: bytes, and what is to be done after them. */
  readonly #backlog: (Uint8Array | (() => void))[] = [];

  constructor(sink: BodySink, { scratch, reserve, later }: ValveOptions) {
    this.#sink = sink;
    this.#reserve = reserve;
    this.#lateNotify = new LateNotify(sink, later);
    this.#directLeast = Math.min(DIRECT_LEAST, sink.capacity / 8);
    this.#scratch = scratch.subarray(0, sink.capacity / 4);
  }

  /**
   * From now on gives everything that comes to `wire`, even a read that was prepared before. Not to be called in the
   * middle of a body, since a read of it may be on its way straight into the sink.
   */
  open(wire: Wire): void {
    this.#wire = wire;
    this.#direct = false;
  }

  /** A request has been written: nothing of this turn's budget was spent on its answer yet. */
  begin(): void {
    this.#spent = 0;
  }

  /** Where the next read goes. Asking twice changes nothing. */
  buffer(): Uint8Array {
    this.#direct = false;
    if (this.#state !== 'open') return this.#scratch.subarray(0, MODEST);
    const room = this.#room();
    const certain = Math.min(room, this.#wire.directBytes());
    if (certain >= this.#directLeast) {
      const region = this.#sink.region(certain);
      this.#direct = region.length >= this.#directLeast;
      if (this.#direct) return region;
    }
    return this.#scratch.subarray(0, Math.min(room, this.#appetite));
  }

  /** `count` bytes were read into the last `buffer()`. After 'stop' nothing may be read until `wake()` returns true. */
  read(count: number, buffer: Uint8Array): Pace {
    let bodyBytes = 0;
    // A buffer that was chosen before the connection was given to this client was sized for another client's memory.
    if (this.#state !== 'open' || (!this.#direct && count > this.#room())) {
      this.#backlog.push(buffer.slice(0, count));
      this.#workOff();
    } else bodyBytes = this.#take(buffer, count);
    if (this.#state !== 'open') return 'stop';
    this.#spent += READ_COST + (count - bodyBytes) + bodyBytes * BODY_COST;
    if (this.#spent < BUDGET) return 'on';
    this.#spent = 0;
    return 'yield';
  }

  #take(buffer: Uint8Array, count: number): number {
    let bodyBytes = count;
    if (this.#direct) {
      this.#sink.commit(count);
      this.#wire.passed(count);
    } else {
      bodyBytes = this.#wire.take(buffer, count);
      this.#appetite = bodyBytes > count * MOSTLY_BODY ? this.#scratch.length : MODEST;
    }
    if (!this.#wire.active) this.#appetite = MODEST;
    this.publish();
    if (this.#state === 'open' && this.#room() < this.#sink.capacity / 16 && this.#sink.park())
      this.#state = 'full';
    return bodyBytes;
  }

  /**
   * Reads no more, and keeps `pieces` and the bytes behind them until `release()`, since it is not known yet who gets
   * them. `pieces` were read first, and the wire has not used them. They are kept, not copied. Like `open()`, not to be
   * called in the middle of a body.
   */
  hold(pieces: readonly Uint8Array[]): void {
    this.#state = 'held';
    this.#backlog.unshift(...pieces.filter(({ length }) => length > 0));
  }

  /** The wire gets what was held, and all that follows. Returns true if the transport is to read on. */
  release(): boolean {
    if (this.#state === 'held') this.#state = 'full';
    return this.wake();
  }

  /**
   * The sink may have room again, but the wake may be an old one. Returns true if a stopped transport is to read on.
   */
  wake(): boolean {
    if (this.#state !== 'full' || this.#sink.park()) return false;
    this.#state = 'open';
    this.#direct = false;
    this.#workOff();
    // The next read may fill the scratch buffer.
    const little = this.#room() < Math.min(MODEST, this.#scratch.length);
    if (this.#state === 'open' && little && this.#sink.park()) this.#state = 'full';
    return this.#state === 'open';
  }

  #workOff(): void {
    while (this.#state === 'open' && this.#backlog.length > 0) this.#work();
  }

  /** Does the first entry of the backlog, or as much of it as there is room for. */
  #work(): void {
    const first = this.#backlog.shift();
    if (first instanceof Uint8Array) {
      const count = Math.min(first.length, this.#room());
      if (count < first.length) this.#backlog.unshift(first.subarray(count));
      this.#take(first, count);
    } else first?.();
  }

  /** Calls `act` when everything that was read is in the sink: at once, unless there is a backlog. */
  afterBacklog(act: () => void): void {
    if (this.#state !== 'held' && this.#backlog.length === 0) act();
    else this.#backlog.push(act);
  }

  /** Takes all bytes that were read and are not in the sink. Actions that waited behind them are dropped. */
  takeBacklog(): Uint8Array[] {
    return this.#backlog.splice(0).filter((entry) => entry instanceof Uint8Array);
  }

  /**
   * For a wire, inside a read: something that belongs to the bytes of this read is still to be put into the sink.
   * Whoever puts it there publishes both together.
   */
  publishLater(): void {
    this.#publishesLater = true;
  }

  /** Shows the sink's reader what was put in. For a few bytes of body, it is woken when no more come for the moment. */
  publish(): void {
    if (!this.#publishesLater && !this.#sink.publish()) this.#lateNotify.schedule();
    this.#publishesLater = false;
  }

  /** Bytes of the wire that the sink can take for certain. */
  #room(): number {
    return Math.max(0, this.#sink.free() - this.#wire.keptBytes - this.#reserve);
  }
}

const NO_WIRE: Wire = { active: false, keptBytes: 0, directBytes: () => 0, passed: () => {}, take: () => 0 };

/** Bytes. For fewer, a direct read costs more than a copy, unless the sink is small. */
const DIRECT_LEAST = 131_072;

/** Bytes of a modest read. */
const MODEST = 16_384;

/** If this share of a read is body, larger reads pay off. That is so for chunks of 200 bytes and more. */
const MOSTLY_BODY = 0.97;

/**
 * What the reads of a connection may cost in a turn of the event loop. The unit is a byte of framing, some 5 to 10 ns.
 * A read in itself costs as much as 128 bytes of framing, and a byte of framing as much as 256 bytes of body.
 */
const BUDGET = 8192;
const READ_COST = 128;
const BODY_COST = 1 / 256;
