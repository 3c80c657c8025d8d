import { Status } from './enums.ts';
import type { RequestFate } from './failure.ts';

/**
 * The memory that the whole requests of a program share with a worker thread: two words about the thread, and a slot
 * for each request that is under way. Counters of 53 bits take two words. The words of a slot:
 *
 * - DONE: the id of the last request whose completion was posted. The caller sleeps on it.
 * - STATUS: what the request is doing. The caller writes it at the start.
 * - SIZE: the size of the body plus 1; 0 if it is unknown.
 * - DOWNLOADED, UPLOADED: bytes.
 * - FATE: how far the request has come, over all its attempts. A thread that has died can't report that any more.
 *
 * Except for STATUS at the start, only the worker writes them.
 */
export class RequestSlots {
  readonly #words: Int32Array;

  /** `buffer` is from `createSlots` or `createOrdinarySlots`. */
  constructor(buffer: ArrayBufferLike) {
    this.#words = new Int32Array(buffer);
  }

  /** A word was stored. */
  protected onStored(_word: number): void {}

  /** Shows the caller what was stored. In shared memory it is seen at once. */
  flush(): void {}

  wordAt(word: number): number {
    return Atomics.load(this.#words, word);
  }

  #store(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
    this.onStored(word);
  }

  /** Puts in what another thread has stored into slots of its own: words, each behind its number. */
  take(words: readonly number[]): void {
    for (let index = 0; index < words.length; index += 2)
      Atomics.store(this.#words, words[index] ?? 0, words[index + 1] ?? 0);
  }

  /** For the caller, before a request is ordered. */
  clear(slot: number, status: number): void {
    for (const field of [SlotField.SIZE, SlotField.DOWNLOADED, SlotField.UPLOADED])
      this.setCount(slot, field, 0);
    this.set(slot, SlotField.FATE, 0);
    this.set(slot, SlotField.STATUS, status);
  }

  get(slot: number, field: SlotField): number {
    return Atomics.load(this.#words, at(slot, field));
  }

  getStatus(slot: number): Status {
    const status = this.get(slot, SlotField.STATUS);
    return STATUSES.find((known) => known === status) ?? Status.CONNECTING;
  }

  /** A fate only ever moves forward. `unanswered` is set before the first byte is written. */
  setFate(slot: number, fate: RequestFate): void {
    const number = FATES.indexOf(fate);
    if (number > this.get(slot, SlotField.FATE)) this.set(slot, SlotField.FATE, number);
  }

  getFate(slot: number): RequestFate {
    return FATES[this.get(slot, SlotField.FATE)] ?? 'unanswered';
  }

  set(slot: number, field: SlotField, value: number): void {
    this.#store(at(slot, field), value);
  }

  /** Only one thread writes a counter. It writes the high word first, and `getCount` reads that twice. */
  setCount(slot: number, field: SlotField, count: number): void {
    const index = at(slot, field);
    const high = Math.floor(count / 2 ** 32);
    if (Atomics.load(this.#words, index + 1) !== high) this.#store(index + 1, high);
    this.#store(index, count | 0);
  }

  /** Reads high, low, high: if the high word changes meanwhile, it reads again. Allocates nothing below 2 ** 31. */
  getCount(slot: number, field: SlotField): number {
    const index = at(slot, field);
    for (;;) {
      const high = Atomics.load(this.#words, index + 1);
      const low = Atomics.load(this.#words, index) >>> 0;
      if (Atomics.load(this.#words, index + 1) === high) return high * 2 ** 32 + low;
    }
  }

  /** The completion was posted. Wakes the caller if it sleeps until then. */
  done(slot: number, id: number): void {
    this.set(slot, SlotField.DONE, id);
    Atomics.notify(this.#words, at(slot, SlotField.DONE));
  }

  /**
   * For shared memory alone. Sleeps until the request is done, at most so many milliseconds. True: it slept all of
   * them.
   */
  sleep(slot: number, id: number, milliseconds: number): boolean {
    const index = at(slot, SlotField.DONE);
    const now = Atomics.load(this.#words, index);
    return now !== id && Atomics.wait(this.#words, index, now, milliseconds) === 'timed-out';
  }

  beat(): void {
    Atomics.add(this.#words, HEARTBEAT, 1);
    this.onStored(HEARTBEAT);
  }

  get heartbeat(): number {
    return Atomics.load(this.#words, HEARTBEAT);
  }

  /** Nothing will be posted any more; the first reason stays. Wakes every sleeper. */
  markDead(death: number): void {
    Atomics.compareExchange(this.#words, DEATH, 0, death);
    this.onStored(DEATH);
    for (let slot = 0; slot < SLOTS; slot++) Atomics.notify(this.#words, at(slot, SlotField.DONE));
  }

  get death(): number {
    return Atomics.load(this.#words, DEATH);
  }
}

/** Words from the beginning of a slot. */
export const SlotField = {
  DONE: 0,
  STATUS: 1,
  FATE: 2,
  SIZE: 4,
  DOWNLOADED: 6,
  UPLOADED: 8,
} as const;
export type SlotField = (typeof SlotField)[keyof typeof SlotField];

const STATUSES = Object.values(Status);

const FATES: readonly RequestFate[] = ['unsent', 'unanswered', 'answered'];

const HEARTBEAT = 0;
const DEATH = 1;
/** A cache line. */
const SLOT_WORDS = 16;

/** How many requests of a thread can be under way. Untouched slots cost no memory. */
export const SLOTS = 65_536;

function at(slot: number, field: SlotField): number {
  return (slot + 1) * SLOT_WORDS + field;
}

export function createSlots(): SharedArrayBuffer {
  return new SharedArrayBuffer(BYTES);
}

/** The same where no memory is shared: each thread has its own. */
export function createOrdinarySlots(): ArrayBuffer {
  return new ArrayBuffer(BYTES);
}

const BYTES = (SLOTS + 1) * SLOT_WORDS * 4;
