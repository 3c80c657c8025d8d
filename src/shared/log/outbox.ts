import { Word } from './layout.ts';
import type { Memory } from './memory.ts';

/** What has become of a request that was put into the outbox. */
export type Put = 'too long' | 'seen' | 'unseen';

/** The caller's half of the outbox: puts a request there. */
export class Outbox {
  readonly #memory: Memory<ArrayBufferLike>;

  constructor(memory: Memory<ArrayBufferLike>) {
    this.#memory = memory;
  }

  /**
   * The outbox must be empty: the request before was answered. `epoch`: the connection that it is for. 'unseen': the
   * worker does not look by itself, and wants a wake. 'too long': nothing has happened.
   */
  put(text: string, epoch: number): Put {
    const memory = this.#memory;
    const { read, written } = utf8.encodeInto(text, memory.outbox);
    if (read < text.length) return 'too long';
    memory.store(Word.REQUEST_LENGTH, written);
    memory.store(Word.REQUEST_EPOCH, epoch);
    memory.store(Word.REQUESTS, (memory.load(Word.REQUESTS) + 1) | 0);
    return memory.load(Word.LISTENS) === 0 ? 'unseen' : 'seen';
  }
}

/** The worker's half: takes requests out. */
export class Inbox {
  readonly #memory: Memory<ArrayBufferLike>;
  #taken = 0;

  constructor(memory: Memory<ArrayBufferLike>) {
    this.#memory = memory;
  }

  /** A copy of the request that has come since the last call for the connection there is; null for none. */
  take(): Uint8Array<ArrayBuffer> | null {
    const memory = this.#memory;
    const put = memory.load(Word.REQUESTS);
    if (put === this.#taken || memory.load(Word.REQUEST_EPOCH) !== memory.load(Word.EPOCH)) return null;
    this.#taken = put;
    const length = memory.load(Word.REQUEST_LENGTH);
    return new Uint8Array(memory.outbox.subarray(0, length));
  }

  /** From here on the caller need not say that it has put a request there; or must, again: then look once more. */
  listens(listens: boolean): void {
    this.#memory.store(Word.LISTENS, listens ? 1 : 0);
  }
}

const utf8 = new TextEncoder();
