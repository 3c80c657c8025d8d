import { createMemory, RecordType, Word } from '../../../src/shared/log/layout.ts';
import { Memory } from '../../../src/shared/log/memory.ts';
import type { Pace } from '../../../src/worker/connection/transport.ts';
import type { BodySink } from '../../../src/worker/sinks/body-sink.ts';
import { Valve } from '../../../src/worker/valve/valve.ts';
import type { Wire } from '../../../src/worker/valve/wire.ts';
import { Caller, SharedRing } from './caller.ts';
import { ExpandingSink } from './expanding-sink.ts';
import { type End, Listener, type Listening, type Random } from './language.ts';
import type { SourceReader } from './source.ts';
import { CountingWire, Stream } from './wires.ts';

export interface Shape {
  readonly capacity: number;
  readonly reserve: number;
  readonly expanding: boolean;
}

/** What a {@link Client} is part of. */
export interface Surroundings {
  readonly random: Random;
  readonly later: (act: () => void) => void;
  hear(events: readonly number[]): void;
  /** That something has happened, for the statistics. */
  count(what: string): void;
}

/** A valve between a source and a ring, with a caller, and what its owners (Connection, Http1, RawStream) do with it. */
export class Client implements SourceReader, Listening {
  readonly #surroundings: Surroundings;
  readonly ring: SharedRing;
  readonly sink: BodySink;
  readonly caller: Caller;
  readonly valve: Valve;
  readonly #reserve: number;
  readonly #listener = new Listener(this);
  #wire = this.#count(this.#listener);
  /** Bytes that have come, and those that a wire has taken and not given back. */
  #come = 0;
  #given = 0;
  /** Bytes that may be in the backlog. */
  #mayWait = 0;
  /** It was told to stop, or is held, and not told to go on. */
  #stopped = false;
  /** The last answer has ended so, and it is not known yet what comes. */
  pause: End | null = null;
  #owesEnd = false;
  /** Events that may be seen. */
  #mayBeSeen = Number.POSITIVE_INFINITY;
  isStream = false;
  /** What the caller has seen before it. */
  streamFrom = 0;
  over = false;
  /** What the reads that were told to go on have cost since the last turn or 'yield'; all since that, at the most. */
  #spentInTurn = 0;
  #spentSinceYield = 0;

  constructor(surroundings: Surroundings, { capacity, reserve, expanding }: Shape) {
    const { random, later } = surroundings;
    this.#surroundings = surroundings;
    this.#reserve = reserve;
    const memory = new Memory(createMemory(capacity));
    memory.store(Word.READ, random(2) === 0 ? 0x7fff_ff80 : capacity * random(100) + random(capacity));
    this.ring = new SharedRing(memory, random(capacity));
    this.ring.begin(1);
    this.caller = new Caller(memory, random, (events) => surroundings.hear(events));
    this.ring.onNotify = () => this.caller.wakeUp();
    const taking = 1 + random(capacity);
    const seldom = [1, 10, 100, 1000][random(4)] ?? 1;
    this.ring.between = () => {
      if (random(seldom) === 0) this.caller.step(taking);
    };
    this.sink = expanding ? new ExpandingSink(this.ring) : this.ring;
    this.valve = new Valve(this.sink, { scratch: new Uint8Array(capacity), reserve, later });
    this.valve.open(this.#wire);
  }

  #count(wire: Wire): CountingWire {
    return new CountingWire(wire, () => {
      if (this.pause?.held) throw new Error('bytes were not held');
    });
  }

  /** Bytes that a wire has taken. */
  get given(): number {
    return this.#given + this.#wire.given;
  }

  get #waiting(): number {
    return this.#come - this.given;
  }

  buffer(): Uint8Array {
    const buffer = this.valve.buffer();
    const room = this.sink.free() - this.#wire.keptBytes - this.#reserve;
    if (!this.#stopped && buffer.length > Math.max(0, room))
      throw new Error(`${buffer.length} bytes are to be read, and there is room for ${room}`);
    return buffer;
  }

  read(count: number, buffer: Uint8Array): Pace {
    if (buffer.buffer instanceof SharedArrayBuffer) this.#surroundings.count('read directly');
    if (this.#wire.keptBytes > 0) this.#surroundings.count('read while bytes are kept');
    this.#come += count;
    this.#wire.body = 0;
    const pace = this.valve.read(count, buffer);
    this.#surroundings.count(`read: ${pace}`);
    if (pace === 'stop') {
      this.#stopped = true;
      this.#mayWait += count;
    }
    this.#checkBacklog(pace === 'stop');
    this.#checkCost(pace, count);
    return pace;
  }

  #checkBacklog(stopped: boolean): void {
    const most = stopped ? this.#mayWait : 0;
    if (this.#waiting > 0) this.#surroundings.count('bytes wait');
    if (this.#waiting < 0 || this.#waiting > most)
      throw new Error(`${this.#waiting} bytes wait, and there can be ${most}`);
  }

  #checkCost(pace: Pace, count: number): void {
    this.#spentSinceYield += READ_COST + count;
    if (pace === 'on') this.#spentInTurn += READ_COST + count - this.#wire.body * (1 - BODY_COST);
    if (this.#spentInTurn > BUDGET) throw new Error(`a turn has cost ${this.#spentInTurn}`);
    if (pace !== 'yield') return;
    if (this.#spentSinceYield < BUDGET) throw new Error(`it yields after ${this.#spentSinceYield}`);
    this.#spentInTurn = 0;
    this.#spentSinceYield = 0;
  }

  body(bytes: Uint8Array, start: number, end: number): void {
    this.sink.body(bytes, start, end);
  }

  record(payload: Uint8Array): void {
    this.ring.record(RecordType.TRAILERS, 0, 0, payload);
  }

  end(end: End, rest: Uint8Array): void {
    this.pause = end;
    this.#given -= rest.length;
    if (end.held) this.valve.hold([rest]);
    this.#owesEnd = end.late;
    if (end.late) {
      this.#mayBeSeen = this.ring.published;
      this.valve.publishLater();
    } else this.#putEnd(1);
  }

  #putEnd(a: number): void {
    this.checkSeen();
    this.#owesEnd = false;
    this.#mayBeSeen = Number.POSITIVE_INFINITY;
    this.ring.record(RecordType.END, a, 0);
    this.ring.publish();
  }

  /** The caller has not seen what it is to see together with an END. */
  checkSeen(): void {
    if (this.caller.seen > this.#mayBeSeen)
      throw new Error('bytes were seen before the END that they belong to');
  }

  get hasSeenAll(): boolean {
    return this.caller.seen === this.ring.put && !this.#owesEnd;
  }

  /** The event loop turns. */
  turn(): void {
    this.#spentInTurn = 0;
  }

  /** The END that was to come later is put in. False: there is none. */
  putLateEnd(): boolean {
    if (this.over || !this.#owesEnd) return false;
    this.#putEnd(1);
    return true;
  }

  /** The caller asks again, which says what was held. True: the source is to go on. */
  ask(): boolean {
    this.pause = null;
    this.#listener.active = true;
    const goesOn = this.#released(this.valve.release());
    if (this.pause !== null) return goesOn;
    this.ring.expect();
    this.valve.begin();
    return goesOn;
  }

  /** What was held, and all that follows, is a stream. Its end is to be told again. */
  takeOver(source: { handTo(reader: SourceReader): void }): boolean {
    const unread = this.takeBacklog();
    this.#given += this.#wire.given;
    this.#wire = this.#count(new Stream(this.sink));
    this.valve.open(this.#wire);
    this.valve.hold(unread);
    this.#stopped = true;
    this.isStream = true;
    this.streamFrom = this.ring.put;
    source.handTo(this);
    this.pause = null;
    return this.#released(this.valve.release());
  }

  /** Of a stream nothing is read for a while, or looked at. */
  hold(): void {
    if (!this.isStream || this.pause || this.over) return;
    this.pause = HELD;
    this.#stopped = true;
    this.valve.hold([]);
  }

  takeBacklog(): Uint8Array[] {
    const pieces = this.valve.takeBacklog();
    const count = pieces.reduce((sum, { length }) => sum + length, 0);
    if (count !== this.#waiting) throw new Error(`${count} bytes in the backlog, of ${this.#waiting}`);
    return pieces;
  }

  /** What another has read, and nobody has looked at. */
  receive(unread: readonly Uint8Array[]): void {
    const count = unread.reduce((sum, { length }) => sum + length, 0);
    this.#come += count;
    this.#mayWait += count;
    this.pause = HELD;
    this.#stopped = true;
    this.#listener.active = false;
    this.valve.hold(unread);
  }

  /** True: the source is to go on. */
  wake(): boolean {
    return !this.over && this.#released(this.valve.wake());
  }

  #released(goesOn: boolean): boolean {
    this.#checkBacklog(!goesOn);
    if (!goesOn) return false;
    if (!this.#stopped) throw new Error('it goes on, and was not stopped');
    this.#stopped = false;
    this.#mayWait = 0;
    return true;
  }

  /** The source sends nothing more. */
  ended(): void {
    this.valve.afterBacklog(() => this.#finish());
    if (!this.over) this.#surroundings.count('the end waits');
  }

  #finish(): void {
    if (this.#waiting > 0) throw new Error(`the end did not wait for ${this.#waiting} bytes`);
    if (this.pause?.held) throw new Error('the end did not wait for what is held');
    this.putLateEnd();
    this.over = true;
    this.#putEnd(0);
  }
}

const HELD: End = { held: true, late: false };

/** In bytes of framing; as valve.ts has it. */
const BUDGET = 8192;
const READ_COST = 128;
const BODY_COST = 1 / 256;
