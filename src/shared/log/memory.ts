import { Death, FINAL, HeaderField, partsOf, type RecordType, Word } from './layout.ts';

/** One thread's views of a client's memory: of shared memory, or of ordinary memory, where both sides are one thread. */
export class Memory<B extends ArrayBufferLike = SharedArrayBuffer> {
  readonly capacity: number;
  readonly #words: Int32Array<B>;
  readonly #outbox: Uint8Array<B>;
  readonly #ring: Uint8Array<B>;
  /** The ring, for record headers. */
  readonly #headers: Int32Array<B>;
  /** By the clients before. */
  #usedBytes = 0;

  constructor(buffer: B) {
    const { words, outbox, ring, headers } = partsOf(buffer);
    this.capacity = ring.length;
    this.#words = words;
    this.#outbox = outbox;
    this.#ring = ring;
    this.#headers = headers;
  }

  get buffer(): B {
    return this.#words.buffer;
  }

  /** Where a request lies on its way to the worker. */
  get outbox(): Uint8Array<B> {
    return this.#outbox;
  }

  /** The payloads of the records. */
  get ring(): Uint8Array<B> {
    return this.#ring;
  }

  /** As new, for another client. The ring keeps its old bytes, which no record speaks of. */
  reset(): void {
    this.#usedBytes = this.usedBytes();
    this.#words.fill(0);
  }

  /** Bytes of the ring that have ever been written to, as far as is known: what the memory really takes. */
  usedBytes(): number {
    return Math.max(this.#usedBytes, Math.min(this.capacity, this.load(Word.WRITE) >>> 0));
  }

  load(word: number): number {
    return Atomics.load(this.#words, word);
  }

  store(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
  }

  /** Adds to a counter, which wraps. */
  add(word: number, count: number): void {
    Atomics.add(this.#words, word, count);
  }

  /** Stores `to` if there is `from`. False: there is something else. */
  compareExchange(word: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, word, from, to) === from;
  }

  /**
   * Sleeps while the word has this value, until `notify()`, at most `milliseconds`. True: it slept all of them. Throws
   * `TypeError` on a thread that must not sleep, that of a page, and on ordinary memory.
   */
  wait(this: Memory<SharedArrayBuffer>, word: number, value: number, milliseconds: number): boolean {
    return Atomics.wait(this.#words, word, value, milliseconds) === 'timed-out';
  }

  /** Wakes who sleeps on the word. On ordinary memory that is nobody. */
  notify(word: number): void {
    Atomics.notify(this.#words, word);
  }

  /** Where in the ring the byte at `cursor` lies. */
  place(cursor: number): number {
    return cursor & (this.capacity - 1);
  }

  /** A word of the record header at `cursor`. Plain memory: WRITE, stored later and loaded before, orders it. */
  getHeader(cursor: number, field: number): number {
    return this.#headers[this.#header(cursor) + field] ?? 0;
  }

  /** Bytes of the payload of the record at `cursor`, as far as it has grown. */
  getLength(cursor: number): number {
    return Atomics.load(this.#headers, this.#header(cursor) + HeaderField.LENGTH) & ~FINAL;
  }

  /** The length of the BODY record at `cursor`, final from here on. For the caller. */
  finalizeLength(cursor: number): number {
    return Atomics.or(this.#headers, this.#header(cursor) + HeaderField.LENGTH, FINAL) & ~FINAL;
  }

  /** Whether the caller has not looked at the BODY record at `cursor` yet. */
  mayGrow(cursor: number): boolean {
    return (Atomics.load(this.#headers, this.#header(cursor) + HeaderField.LENGTH) & FINAL) === 0;
  }

  /** Lets the BODY record at `cursor` grow. False: the caller has looked at it. For the worker. */
  grow(cursor: number, from: number, to: number): boolean {
    return (
      Atomics.compareExchange(this.#headers, this.#header(cursor) + HeaderField.LENGTH, from, to) === from
    );
  }

  setHeader(cursor: number, type: RecordType, length: number, a: number, b: number): void {
    const at = this.#header(cursor);
    this.#headers[at + HeaderField.TYPE] = type;
    this.#headers[at + HeaderField.LENGTH] = length;
    this.#headers[at + HeaderField.A] = a;
    this.#headers[at + HeaderField.B] = b;
  }

  #header(cursor: number): number {
    return this.place(cursor) / 4;
  }

  /** Says that the worker is dead; the first reason stays. Wakes a sleeping caller. */
  markDead(death: Death): void {
    this.compareExchange(Word.DEATH, Death.NONE, death);
    for (const word of [Word.WRITE, Word.EPOCH, Word.SENT]) this.notify(word);
  }
}
