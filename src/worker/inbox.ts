import { type Memory, Word } from '../shared/log/layout.ts';
import type { RequestMessage } from '../shared/messages.ts';

/** The worker's half of the outbox (layout.ts): takes out the requests that the caller has put there. */
export class Inbox {
  readonly #memory: Memory;
  readonly #bytes: Buffer;
  #taken = 0;

  constructor(memory: Memory) {
    const { buffer, byteOffset, byteLength } = memory.outbox;
    this.#memory = memory;
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  /** The request that has come since the last call for the connection there is, null for none. */
  take(): RequestMessage | null {
    const put = this.#memory.load(Word.REQUESTS);
    if (put === this.#taken || this.#memory.load(Word.REQUEST_EPOCH) !== this.#memory.load(Word.EPOCH))
      return null;
    this.#taken = put;
    const text = this.#bytes.toString('utf8', 0, this.#memory.load(Word.REQUEST_LENGTH));
    const [start = '', ...headers] = text.split('\n');
    const space = start.indexOf(' ');
    const [method, target] = [start.slice(0, space), start.slice(space + 1)];
    return { verb: 'request', method, target, headers, bodyLength: 0, body: null };
  }

  /** From here on the caller need not say that it has put a request there; or must, again. */
  listens(listens: boolean): void {
    this.#memory.store(Word.LISTENS, listens ? 1 : 0);
  }
}
