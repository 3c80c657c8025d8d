import type { RecordType } from '../../../../src/shared/log/layout.ts';
import { Memory } from '../../../../src/shared/log/memory.ts';

/** What a step has brought: what was loaded, or nothing. */
export type Result = number | boolean | null;

/** What a program waits for: that somebody wakes it from its sleep on a word, that a word changes, or a message. */
export type Wait =
  | { readonly kind: 'word'; readonly word: number }
  | { readonly kind: 'change'; readonly word: number; readonly value: number }
  | { readonly kind: 'message' };

/** What a program knows behind its step `at`, whatever has led there. */
export interface Checkpoint {
  readonly at: number;
  readonly summary: readonly (number | boolean)[];
}

/** Ends a run of a program before its next step. */
class EndOfRun extends Error {}

interface Surroundings {
  /** Begins behind the last result, and not with a step: the program has slept. */
  readonly live: boolean;
  readonly incoming: number[];
  readonly outgoing: number[];
}

/**
 * A memory whose every load and store is a step (explore.ts). The steps of which there are results are not taken again:
 * meanwhile the ring is a copy that nobody sees. Then one is taken on the true memory, and what the program does behind
 * it, as far as the next, happens there, too.
 */
export class SteppedMemory extends Memory {
  readonly results: Result[];
  readonly notified = new Set<number>();
  waits: Wait | null = null;
  /** The last one that this run has come to. */
  lastCheckpoint: Checkpoint | null = null;
  done = false;
  /** The ring and the outbox. */
  readonly #true: readonly [Uint8Array, Uint8Array];
  readonly #mine: readonly [Uint8Array<SharedArrayBuffer>, Uint8Array<SharedArrayBuffer>];
  readonly #surroundings: Surroundings;
  readonly #known: number;
  readonly #stored = new Map<number, number>();
  #taken = 0;
  #live = false;

  constructor(shared: SharedArrayBuffer, results: readonly Result[], surroundings: Surroundings) {
    super(shared);
    this.results = [...results];
    this.#known = results.length;
    this.#surroundings = surroundings;
    this.#true = [super.ring, super.outbox];
    this.#mine = [bytes(this.capacity), bytes(super.outbox.length)];
    if (surroundings.live && results.length === 0) throw new Error('nobody sleeps before the first step');
  }

  play(program: () => void): void {
    try {
      program();
      this.done = true;
    } catch (error) {
      if (!(error instanceof EndOfRun)) throw error;
    }
    if (this.#live) for (const [index, memory] of this.#true.entries()) memory.set(this.#mine[index] ?? []);
  }

  /** What the program does now really happens: it may look at what it was given. */
  get live(): boolean {
    return this.#live;
  }

  #goLive(): void {
    this.#live = true;
    this.#refresh();
  }

  #refresh(): void {
    for (const [index, memory] of this.#mine.entries()) memory.set(this.#true[index] ?? []);
  }

  #step<T extends Result>(act: () => T): T;
  #step(act: () => Result): Result {
    if (this.#taken < this.#known) {
      const result = this.results[this.#taken] ?? null;
      this.#taken += 1;
      if (this.#taken === this.#known && this.#surroundings.live) this.#goLive();
      return result;
    }
    if (this.#live) throw new EndOfRun();
    this.#goLive();
    const result = act();
    // Headers are words of the ring, and were just written to the true one.
    this.#refresh();
    this.results.push(result);
    this.#taken += 1;
    return result;
  }

  /** All that the program, and what it uses, know here, in numbers. */
  checkpoint(...summary: readonly (number | boolean)[]): void {
    if (this.#live) this.lastCheckpoint = { at: this.results.length, summary };
  }

  /** The program does something of which the other side may be in the middle. */
  pause(): void {
    this.#step(() => null);
  }

  /** Tells the other side something, as a message does. */
  send(message: number): void {
    this.#step(() => {
      this.#surroundings.outgoing.push(message);
      return null;
    });
  }

  /** The next message; waits for it. */
  receive(): number {
    return this.#step(() => this.#surroundings.incoming.shift() ?? this.#sleep({ kind: 'message' }));
  }

  /** The next message if there is one; else -1. */
  look(): number {
    return this.#step(() => this.#surroundings.incoming.shift() ?? -1);
  }

  /** What a program with a main loop does: comes again until the word has changed. It need not be woken. */
  untilChanged(word: number, value: number): void {
    this.#step(() => (super.load(word) === value ? this.#sleep({ kind: 'change', word, value }) : null));
  }

  #sleep(wait: Wait): never {
    this.waits = wait;
    throw new EndOfRun();
  }

  override get ring(): Uint8Array<SharedArrayBuffer> {
    this.pause();
    return this.#mine[0];
  }

  override get outbox(): Uint8Array<SharedArrayBuffer> {
    this.pause();
    return this.#mine[1];
  }

  override load(word: number): number {
    return this.#step(() => super.load(word));
  }

  /** What this program has last stored there. No step: only it writes the word. */
  stored(word: number): number {
    return this.#stored.get(word) ?? 0;
  }

  override store(word: number, value: number): void {
    this.#stored.set(word, value);
    this.#step(() => {
      super.store(word, value);
      return null;
    });
  }

  override add(word: number, count: number): void {
    this.#step(() => {
      super.add(word, count);
      return null;
    });
  }

  override compareExchange(word: number, from: number, to: number): boolean {
    return this.#step(() => super.compareExchange(word, from, to));
  }

  override wait(word: number, value: number): boolean {
    return this.#step(() => (super.load(word) === value ? this.#sleep({ kind: 'word', word }) : false));
  }

  override notify(word: number): void {
    this.#step(() => {
      this.notified.add(word);
      return null;
    });
  }

  override getHeader(cursor: number, field: number): number {
    return this.#step(() => super.getHeader(cursor, field));
  }

  override getLength(cursor: number): number {
    return this.#step(() => super.getLength(cursor));
  }

  override finalizeLength(cursor: number): number {
    return this.#step(() => super.finalizeLength(cursor));
  }

  override mayGrow(cursor: number): boolean {
    return this.#step(() => super.mayGrow(cursor));
  }

  override grow(cursor: number, from: number, to: number): boolean {
    return this.#step(() => super.grow(cursor, from, to));
  }

  override setHeader(cursor: number, type: RecordType, length: number, a: number, b: number): void {
    this.#step(() => {
      super.setHeader(cursor, type, length, a, b);
      return null;
    });
  }
}

function bytes(length: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(length));
}
