import { Death, FINAL, HeaderField, partsOf, type RecordType, Word } from './layout.ts';

/**
 * One thread's views of a client's memory. If the memory is shared, the caller's thread and the worker's have one
 * object each. With ordinary memory, both halves of the log are on one thread, and nobody sleeps.
 *
 * Methods may be called on either thread unless they say otherwise. layout.ts says which side stores a word. Only the
 * constructor allocates, only `wait` waits, and only `wait` throws.
 *
 * Words are loaded and stored by Atomics, in order. The outbox, payloads and headers are plain memory, but for the
 * length of a BODY record. WRITE and REQUESTS order them: one side stores the word after it has filled them, and the
 * other loads it before it looks at them.
 */
export class Memory<B extends ArrayBufferLike = SharedArrayBuffer> {
  /** Bytes of the ring. */
  readonly capacity: number;
  readonly #words: Int32Array<B>;
  readonly #outbox: Uint8Array<B>;
  readonly #ring: Uint8Array<B>;
  /** The ring, for record headers. */
  readonly #headers: Int32Array<B>;
  /** Bytes that earlier clients of this memory have used. */
  #usedBytes = 0;

  /** `buffer` is from `createMemory` or `createOrdinaryMemory`. */
  constructor(buffer: B) {
    const { words, outbox, ring, headers } = partsOf(buffer);
    this.capacity = ring.length;
    this.#words = words;
    this.#outbox = outbox;
    this.#ring = ring;
    this.#headers = headers;
  }

  /** The memory itself. Shared memory is sent to the worker. */
  get buffer(): B {
    return this.#words.buffer;
  }

  /** Where a request lies on its way to the worker. For the two halves in outbox.ts. */
  get outbox(): Uint8Array<B> {
    return this.#outbox;
  }

  /**
   * The payloads of the records. The writer fills what is free, the reader looks at what is published and not released.
   */
  get ring(): Uint8Array<B> {
    return this.#ring;
  }

  /**
   * Makes the memory as new, for another client. The ring keeps its old bytes, but no record refers to them. For the
   * caller, when the worker has released the memory or is gone, and before a worker is told of the next client.
   */
  reset(): void {
    this.#usedBytes = this.usedBytes();
    this.#words.fill(0);
  }

  /**
   * Bytes of the ring that have ever been written to, as far as is known. That is the memory that the system has really
   * given. For the caller. The worker may still write.
   */
  usedBytes(): number {
    return Math.max(this.#usedBytes, Math.min(this.capacity, this.load(Word.WRITE) >>> 0));
  }

  /** `word` is one of {@link Word}, here and below. */
  load(word: number): number {
    return Atomics.load(this.#words, word);
  }

  /** Wakes nobody: see `notify`. */
  store(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
  }

  /** Adds to a counter, which wraps. */
  add(word: number, count: number): void {
    Atomics.add(this.#words, word, count);
  }

  /** Stores `to` if the word is `from`. Returns false, and changes nothing, if it is something else. */
  compareExchange(word: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, word, from, to) === from;
  }

  /**
   * Sleeps while the word has this value, until `notify()`, for `milliseconds` at most. Returns true if it slept for
   * all of that time, false if it was woken or the word has another value. For the caller. Throws `TypeError` on a
   * thread that must not sleep, that of a page; and on ordinary memory, where the compiler already rejects it.
   */
  wait(this: Memory<SharedArrayBuffer>, word: number, value: number, milliseconds: number): boolean {
    return Atomics.wait(this.#words, word, value, milliseconds) === 'timed-out';
  }

  /** Wakes the caller if it sleeps on the word. On ordinary memory nobody sleeps. */
  notify(word: number): void {
    Atomics.notify(this.#words, word);
  }

  /** Where in the ring the byte at `cursor` lies. */
  place(cursor: number): number {
    return cursor & (this.capacity - 1);
  }

  /** A header word other than the length, of a record that is published or that this thread has written. */
  getHeader(cursor: number, field: number): number {
    return this.#headers[this.#header(cursor) + field] ?? 0;
  }

  /** Bytes of the payload of the record at `cursor`. A BODY record may have grown by now. */
  getLength(cursor: number): number {
    return Atomics.load(this.#headers, this.#header(cursor) + HeaderField.LENGTH) & ~FINAL;
  }

  /** The same for a BODY record, which does not grow any more after this. For the caller. */
  finalizeLength(cursor: number): number {
    return Atomics.or(this.#headers, this.#header(cursor) + HeaderField.LENGTH, FINAL) & ~FINAL;
  }

  /** Whether the caller had not looked at the BODY record at `cursor` yet. It may look at any time. For the worker. */
  mayGrow(cursor: number): boolean {
    return (Atomics.load(this.#headers, this.#header(cursor) + HeaderField.LENGTH) & FINAL) === 0;
  }

  /**
   * Makes the BODY record at `cursor` grow from the length `from` to `to`. Returns false, and the length stays, if the
   * caller has already looked at it. For the worker, which has put the bytes there.
   */
  grow(cursor: number, from: number, to: number): boolean {
    return (
      Atomics.compareExchange(this.#headers, this.#header(cursor) + HeaderField.LENGTH, from, to) === from
    );
  }

  /** Writes the header of a record that is not published yet. For the worker. */
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

  /**
   * Marks that nothing will be written any more; the first reason stays. For the worker when it ends, or for the pool
   * on the caller's thread. Wakes the caller on whatever word it sleeps. A caller that is about to sleep may miss it.
   */
  markDead(death: Death): void {
    this.compareExchange(Word.DEATH, Death.NONE, death);
    for (const word of SLEPT_ON) this.notify(word);
  }
}

/** The words on which a caller sleeps. */
const SLEPT_ON = [Word.WRITE, Word.EPOCH, Word.SENT];
