import { HEAD_LENGTH_BYTES, HeadFlag, RecordType } from '../../shared/log/layout.ts';
import type { LogWriter } from '../../shared/log/writer.ts';
import type { HeadLimits } from '../../shared/settings.ts';
import type { ResponseHead, ResponseSink } from '../http1/parser/response.ts';
import { ResponseParser } from '../http1/parser/response-parser.ts';
import type { Pace } from '../node/transport.ts';
import { Nudge } from './nudge.ts';

/** What the owner of an {@link Intake} hears, always before the read that caused it is published. */
export interface IntakeEvents {
  onHead(head: ResponseHead): void;
  /**
   * The response is complete; `leftOver` came behind it, and nobody asked for that. False: its END comes later, and the
   * last bytes of the body are not to be seen before it.
   */
  onEnd(leftOver: Uint8Array): boolean;
  /** Bytes came while no response was awaited. */
  onUnsolicited(bytes: Uint8Array): void;
  onError(error: unknown): void;
}

/**
 * From the socket into the log. Node's `onread` option lets the owner of a socket choose the memory of each read:
 * `buffer` is asked for it, `read` told how much came, and then `buffer` is asked again.
 *
 *     known to be body, and much of it   -> a region of the ring; the bytes are at their place already
 *     anything else (heads, chunk sizes) -> the scratch buffer; the parser copies what is body into the ring
 *
 * The ring never overflows, because a read is only as large as the room (`#room`), where every byte of the wire
 * takes at most one byte: coming body bytes share a record, and bytes that the parser holds back are reserved for.
 * Room only grows between reads, as only this thread writes; but for a rewind (writer.ts), before a response,
 * which leaves room for a modest read.
 *
 * Back-pressure: with little room left, `read` says 'stop', which stops the socket once it has returned. The read
 * that was prepared meanwhile happens after the wake, when half the ring is free, so there is room for a modest one.
 * The wake is a message, handled after `read` has returned, so it can't come too early. A TLS socket that is stopped
 * still hands out what it had read and not decrypted, some 64 KiB at the most; that, and the end of the stream behind
 * it, waits in a backlog for the wake.
 *
 * Fairness: Node reads a socket up to 32 times before it turns to the next, and a TLS socket once for each record. So
 * reads are counted by what they cost, and at {@link BUDGET} `read` says 'yield': the next one comes in the
 * next turn of the
 * event loop. For the same reason a body that is more framing than data is read in modest pieces, and any other in
 * large ones.
 *
 * The scratch buffer belongs to all connections of the thread: it is filled and emptied within one `read`.
 */
export class Intake implements ResponseSink {
  readonly #log: LogWriter;
  readonly #events: IntakeEvents;
  readonly #parser: ResponseParser;
  readonly #scratch: Uint8Array;
  readonly #nudge: Nudge;
  /** Kept free for what has no bytes on the wire: headers of records, a failure's text, `: ` between name and value. */
  readonly #reserve: number;
  #directLeast: number;
  /** Bytes that the next read into the scratch buffer may bring. */
  #appetite = MODEST;
  /** Of the last read. */
  #bodyBytes = 0;
  /** What the reads of this turn have cost. */
  #spent = 0;
  #direct = false;
  #parked = false;
  /** Parked until it is known what the bytes to come are: those of a stream, or none that anybody asked for. */
  #held = false;
  #ended = false;
  /** The END of a response is still to come, and is published with what is before it. */
  #withheld = false;
  /** What came after the stop, in order: bytes, and what is to be done after them. */
  #backlog: (Uint8Array | (() => void))[] = [];

  constructor(log: LogWriter, limits: HeadLimits, scratch: Uint8Array, events: IntakeEvents) {
    this.#log = log;
    this.#events = events;
    this.#nudge = new Nudge(log);
    this.#parser = new ResponseParser(this, limits);
    this.#reserve = CONTROL_ROOM + limits.maxHeadFields;
    this.#directLeast = Math.min(DIRECT_LEAST, log.capacity / 8);
    this.#scratch = scratch.subarray(0, log.capacity / 4 - CONTROL_ROOM);
  }

  /** A response is awaited or under way. */
  get active(): boolean {
    return this.#parser.active;
  }

  expect(method: string, upgrade: boolean): void {
    this.#spent = 0;
    this.#parser.start(method, upgrade);
  }

  /** Where the next read goes. Asking twice changes nothing. */
  buffer(): Uint8Array {
    this.#direct = false;
    if (this.#parked) return this.#scratch.subarray(0, MODEST);
    const room = this.#room();
    const certain = Math.min(room, this.#parser.directBytes());
    if (certain >= this.#directLeast) {
      const region = this.#log.region(certain);
      this.#direct = region.length >= this.#directLeast;
      if (this.#direct) return region;
    }
    return this.#scratch.subarray(0, Math.min(room, this.#appetite));
  }

  /** `count` bytes were read into the last `buffer()`. After 'stop' nothing is to be read until `wake()`. */
  read(count: number, buffer: Uint8Array): Pace {
    // A buffer that was chosen before the connection was given to this client fits the memory of another.
    if (this.#parked || (!this.#direct && count > this.#room())) {
      this.#backlog.push(buffer.slice(0, count));
      this.#workOff();
    } else this.#take(buffer, count);
    if (this.#parked) return 'stop';
    this.#spent += READ_COST + (count - this.#bodyBytes) + this.#bodyBytes * BODY_COST;
    if (this.#spent < BUDGET) return 'on';
    this.#spent = 0;
    return 'yield';
  }

  #take(buffer: Uint8Array, count: number): void {
    this.#bodyBytes = 0;
    try {
      if (this.#direct) this.#keep(count);
      else if (this.#parser.active) this.#feed(buffer, count);
      else this.#events.onUnsolicited(buffer.subarray(0, count));
    } catch (error) {
      this.#events.onError(error);
    }
    this.#publish();
    this.#parked = this.#held || (this.#room() < this.#log.capacity / 16 && this.#log.park());
  }

  /**
   * The response was the last that can be told from what follows (RFC 9110 sections 7.8 and 9.3.6). Reads no more, and
   * keeps these bytes and those that are on their way, until `release()`.
   */
  hold(pieces: readonly Uint8Array[]): void {
    this.#held = true;
    this.#parked = true;
    this.#backlog = pieces.filter(({ length }) => length > 0);
  }

  /** `stream`: what was held, and all that follows, is one stream. Else nobody has asked for it. True: read on. */
  release(stream: boolean): boolean {
    if (stream) {
      this.#parser.stream();
      // Node asks where the next read goes in advance, and when that comes this ring may not be the
      // connection's any more.
      this.#directLeast = Number.POSITIVE_INFINITY;
    }
    this.#held = false;
    return this.wake();
  }

  /** All that was read and is not in the log. */
  takeBacklog(): Uint8Array[] {
    return this.#backlog.splice(0).filter((entry) => entry instanceof Uint8Array);
  }

  #keep(count: number): void {
    this.#bodyBytes = count;
    this.#log.commit(count);
    this.#parser.skip(count);
    this.#settle(NOTHING);
  }

  #feed(buffer: Uint8Array, count: number): void {
    const used = this.#parser.feed(buffer, 0, count);
    this.#appetite = this.#bodyBytes > count * MOSTLY_BODY ? this.#scratch.length : MODEST;
    this.#settle(buffer.subarray(used, count));
  }

  #settle(leftOver: Uint8Array): void {
    if (!this.#ended) return;
    this.#appetite = MODEST;
    this.#ended = false;
    this.#withheld = !this.#events.onEnd(leftOver);
  }

  #publish(): void {
    if (!this.#withheld && !this.#log.publish()) this.#nudge.later();
    this.#withheld = false;
  }

  /** The server sends nothing more; or something may be missing, because the stream was `cut`. */
  finish(cut: boolean): void {
    try {
      this.#parser.finish(cut);
      this.#settle(NOTHING);
    } catch (error) {
      this.#events.onError(error);
    }
    this.#publish();
  }

  /** Calls `act` when everything that was read is in the log: at once, unless there is a backlog. */
  afterBacklog(act: () => void): void {
    if (!this.#held && this.#backlog.length === 0) act();
    else this.#backlog.push(act);
  }

  /** The caller has made room. True: the socket was stopped and can go on. A wake may be an old one: look again. */
  wake(): boolean {
    if (!this.#parked || this.#held || this.#log.park()) return false;
    this.#parked = false;
    this.#direct = false;
    this.#workOff();
    // The next read may fill the scratch buffer.
    if (!this.#parked && this.#room() < Math.min(MODEST, this.#scratch.length))
      this.#parked = this.#log.park();
    return !this.#parked;
  }

  #workOff(): void {
    while (!this.#parked && this.#backlog.length > 0) this.#work();
  }

  /** The first of the backlog, or as much of it as there is room for. */
  #work(): void {
    const first = this.#backlog.shift();
    if (first instanceof Uint8Array) {
      const count = Math.min(first.length, this.#room());
      if (count < first.length) this.#backlog.unshift(first.subarray(count));
      this.#take(first, count);
    } else first?.();
  }

  /** Bytes of the wire that the ring can take for certain. */
  #room(): number {
    return Math.max(0, this.#log.free() - this.#parser.heldBytes - this.#reserve);
  }

  onHead(head: ResponseHead): void {
    const payload = new Uint8Array(HEAD_LENGTH_BYTES + head.fields.length);
    new DataView(payload.buffer).setFloat64(0, head.contentLength, true);
    payload.set(head.fields, HEAD_LENGTH_BYTES);
    const flags = (head.chunked ? HeadFlag.CHUNKED : 0) | (head.hasBody ? HeadFlag.HAS_BODY : 0);
    this.#log.record(RecordType.HEAD, head.statusCode, flags, payload);
    this.#events.onHead(head);
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.#bodyBytes += end - start;
    this.#log.body(bytes, start, end);
  }

  onTrailers(fields: Uint8Array): void {
    this.#log.record(RecordType.TRAILERS, 0, 0, fields);
  }

  onEnd(): void {
    this.#ended = true;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes. Below this a read of its own costs more than a copy, where the ring is not small. */
const DIRECT_LEAST = 131_072;

/** Bytes of a modest read. */
const MODEST = 16_384;

/** Where this much of a read is body, to read more at once pays: chunks of 200 bytes and more. */
const MOSTLY_BODY = 0.97;

/**
 * What a turn of the event loop may cost a connection's reads, in bytes of framing, some 5 to 10 ns each. A read alone
 * costs as much as 128 of them, and one of them as much as 256 bytes of body.
 */
const BUDGET = 8192;
const READ_COST = 128;
const BODY_COST = 1 / 256;

/** A failure's record and the headers of the few records that one read can make. */
const CONTROL_ROOM = 2048;
