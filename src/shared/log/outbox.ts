import { Word } from './layout.ts';
import type { Memory } from './memory.ts';

/** What has become of a request that was put into the outbox. */
export type Put = 'too long' | 'seen' | 'unseen';

/**
 * The caller's half of the outbox: puts a request there. For the caller's thread, where each link has one. Neither half
 * waits or throws.
 */
export class Outbox {
  readonly #memory: Memory<ArrayBufferLike>;

  constructor(memory: Memory<ArrayBufferLike>) {
    this.#memory = memory;
  }

  /**
   * The outbox must be empty: the request before was answered; or the worker was told in a message, before this, that
   * its connection is no more. `epoch`: the connection that it is for. 'seen': the worker looks by itself, soon.
   * 'unseen': it does not, and the caller has to send it a wake. 'too long': there is no request there. The text goes
   * straight into the outbox, without a copy on the way.
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

/** The worker's half: takes requests out. For the thread of the client's session, which has one. */
export class Inbox {
  readonly #memory: Memory<ArrayBufferLike>;
  #taken = 0;

  constructor(memory: Memory<ArrayBufferLike>) {
    this.#memory = memory;
  }

  /**
   * The request that has come since the last call for the connection that the log is about; null for none, which costs
   * an atomic load. One for a later connection stays where it is: call again when that has begun. Allocates a copy.
   */
  take(): Uint8Array<ArrayBuffer> | null {
    const memory = this.#memory;
    const put = memory.load(Word.REQUESTS);
    if (put === this.#taken || memory.load(Word.REQUEST_EPOCH) !== memory.load(Word.EPOCH)) return null;
    this.#taken = put;
    const length = memory.load(Word.REQUEST_LENGTH);
    return new Uint8Array(memory.outbox.subarray(0, length));
  }

  /**
   * True: `take()` is called once a turn of the event loop, and the caller need not send a wake. False: it has to
   * again. It may see that late, so `take()` must be called once more after it.
   */
  listens(listens: boolean): void {
    this.#memory.store(Word.LISTENS, listens ? 1 : 0);
  }
}

const utf8 = new TextEncoder();
