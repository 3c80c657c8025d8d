import { Worker } from 'node:worker_threads';
import type { AnswerMessage, Answers, Call } from './protocol.ts';
import { within } from './within.ts';

const DEADLINE = 20_000;

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The test's end of the servers' thread: calls by message, each with a deadline. */
export class ThreadLink {
  readonly #worker = new Worker(new URL('./server-thread.mjs', import.meta.url), { execArgv: [] });
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #failure: Error | undefined;

  constructor() {
    this.#worker.on('message', (message: AnswerMessage) => this.#settle(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread of the test servers has ended')));
  }

  async call<K extends keyof Answers>(call: Extract<Call, { do: K }>): Promise<Answers[K]> {
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call });
    });
    return (await within(DEADLINE, () => `test servers: ${call.do}`, answer)) as Answers[K];
  }

  /** Ends the thread, and every socket in it with it. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('error' in message) pending?.reject(new Error(`test servers: ${message.error}`));
    else pending?.resolve(message.answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
