import { Word } from './layout.ts';
import type { Memory } from './memory.ts';

/** What has become of a request that was put into the outbox. */
export type Put = 'too long' | 'seen' | 'unseen';

/**
 * The caller's half of the outbox: puts a request in. It is used on the caller's thread, where each link has one.
 * Neither half waits or throws.
 */
export class Outbox {
  readonly #memory: Memory<ArrayBufferLike>;

  constructor(memory: Memory<ArrayBufferLike>) {
    this.#memory = memory;
  }

  /**
   * Puts a request into the outbox. The outbox must be empty: either the request before was answered, or an earlier
   * message has told the worker that the connection of that request has ended. `epoch`: the connection that the request
   * is for. The text goes straight into the outbox, without a copy on the way.
   *
   * Returns 'seen' if the worker will soon look by itself; 'unseen' if the caller has to send it a wake; 'too long' if
   * the request does not fit and was not put in.
   */
  put(text: string, epoch: number): Put {
    const memory = this.#memory;
    const written = this.#encode(text);
    if (written < 0) return 'too long';
    memory.store(Word.REQUEST_LENGTH, written);
    memory.store(Word.REQUEST_EPOCH, epoch);
    memory.store(Word.REQUESTS, (memory.load(Word.REQUESTS) + 1) | 0);
    return memory.load(Word.LISTENS) === 0 ? 'unseen' : 'seen';
  }

  /** How many bytes it has; negative if there is no room. Browsers encode into no shared memory: they copy. */
  #encode(text: string): number {
    const { outbox } = this.#memory;
    const target = ENCODES_SHARED ? outbox : new Uint8Array(outbox.length);
    const { read, written } = utf8.encodeInto(text, target);
    if (read < text.length) return -1;
    if (target !== outbox) outbox.set(target.subarray(0, written));
    return written;
  }
}

/** The worker's half: takes requests out. It is used on the worker's thread, where each client's session has one. */
export class Inbox {
  readonly #memory: Memory<ArrayBufferLike>;
  #taken = 0;

  constructor(memory: Memory<ArrayBufferLike>) {
    this.#memory = memory;
  }

  /**
   * The request that was put in since the last call, if it is for the connection that the log is about. Null if there
   * is none, which costs an atomic load. A request for a later connection stays in the outbox: call again when that
   * connection has begun. Allocates a copy.
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
   * True: `take()` is called once a turn of the event loop, and the caller need not send a wake. False: the caller has
   * to send wakes again. It may see this late, so `take()` must be called once more afterwards.
   */
  listens(listens: boolean): void {
    this.#memory.store(Word.LISTENS, listens ? 1 : 0);
  }
}

const utf8 = new TextEncoder();

const ENCODES_SHARED = encodesShared();

function encodesShared(): boolean {
  try {
    utf8.encodeInto('', new Uint8Array(new SharedArrayBuffer(1)));
    return true;
  } catch {
    // Browsers; and where a page has no shared memory at all.
    return false;
  }
}
