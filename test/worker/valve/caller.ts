import { RecordType, Word } from '../../../src/shared/log/layout.ts';
import type { Memory } from '../../../src/shared/log/memory.ts';
import { LogReader } from '../../../src/shared/log/reader.ts';
import { RingSink } from '../../../src/worker/sinks/ring-sink.ts';
import { Event, type Random } from './language.ts';

/** A ring in whose every use the caller may come between: it is on another thread. */
export class SharedRing extends RingSink {
  between: () => void = () => {};
  onNotify: () => void = () => {};
  /** Events that were put in. */
  put = 0;
  /** Of them, those that were published. */
  published = 0;
  /** How often it has said that there is room, and begun anew. */
  unparked = 0;
  rewound = 0;
  #looks = 0;

  override commit(count: number): void {
    this.put += count;
    super.commit(count);
  }

  override record(type: RecordType, a: number, b: number, payload?: Uint8Array): void {
    this.put += 1 + (payload?.length ?? 0);
    super.record(type, a, b, payload);
  }

  override free(): number {
    this.#looks += 1;
    if (this.#looks > ENDLESS) throw new Error('the valve works for ever');
    this.between();
    return super.free();
  }

  override publish(): boolean {
    this.between();
    this.published = this.put;
    const awake = super.publish();
    this.between();
    return awake;
  }

  override park(): boolean {
    this.between();
    const parked = super.park();
    if (!parked) this.unparked += 1;
    this.between();
    return parked;
  }

  override rewind(): void {
    const before = super.free();
    super.rewind();
    if (super.free() < before) this.rewound += 1;
  }

  override notify(): void {
    if (this.readerSleeps) this.onNotify();
    super.notify();
  }
}

const ENDLESS = 5_000_000;

/** The other end of the ring: reads what is there, gives it back some time, and sleeps when there is nothing. */
export class Caller {
  readonly #memory: Memory;
  readonly #random: Random;
  readonly #reader: LogReader;
  readonly #hear: (events: readonly number[]) => void;
  /** Views of the ring, which must stay whole, and records; in order. */
  #taken: (Uint8Array | number[])[] = [];
  /** Events that were taken. */
  seen = 0;
  sleeps = false;
  /** Messages to the worker that are on their way. */
  wakes = 0;

  constructor(memory: Memory, random: Random, hear: (events: readonly number[]) => void) {
    this.#memory = memory;
    this.#random = random;
    this.#reader = new LogReader(memory);
    this.#hear = hear;
    this.#reader.open(1);
  }

  get memory(): Memory {
    return this.#memory;
  }

  /** Some step that is possible, if one is. */
  step(most: number): boolean {
    if (this.sleeps) return false;
    if (this.#random(3) === 0 && this.#taken.length > 0) this.release();
    else if (!this.#take(1 + this.#random(most))) {
      this.release();
      this.#sleep();
    }
    return true;
  }

  #take(most: number): boolean {
    const type = this.#reader.peek();
    if (type === RecordType.NONE) return false;
    let events: Uint8Array | number[];
    if (type === RecordType.BODY) events = this.#reader.borrowBody(most);
    else {
      events = type === RecordType.END ? [Event.END + this.#reader.a] : this.#recordEvents();
      this.#reader.next();
    }
    this.seen += events.length;
    this.#taken.push(events);
    return true;
  }

  #recordEvents(): number[] {
    return [...Array.from(this.#reader.payload(), (byte) => Event.RECORD + byte), Event.RECORD_END];
  }

  /** Gives back what was taken. What it was is looked at now: until here it may not be overwritten. */
  release(): void {
    for (const events of this.#taken) this.#hear([...events]);
    this.#taken = [];
    if (this.#reader.release()) this.wakes += 1;
  }

  /** Until the worker notifies it, as `LogReader.wait()`. */
  #sleep(): void {
    this.#memory.store(Word.READER_WAITS, 1);
    this.sleeps = this.#reader.peek() === RecordType.NONE;
    if (this.#reader.release()) this.wakes += 1;
    if (!this.sleeps) this.#memory.store(Word.READER_WAITS, 0);
  }

  wakeUp(): void {
    this.#memory.store(Word.READER_WAITS, 0);
    this.sleeps = false;
  }

  /** What it leaves to who takes the connection over. */
  unread() {
    this.release();
    return this.#reader.unread();
  }
}
