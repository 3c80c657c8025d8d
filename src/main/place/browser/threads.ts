import { summaryOf } from '../../../shared/kinds.ts';
import type { Port, Ticket } from '../../../shared/messages.ts';
import type { FromPageWorker, ToPageWorker } from '../../../shared/page-worker.ts';
import { VERSION } from '../../../shared/version.ts';
import type { ThreadListener, Threads } from '../place.ts';
import { startTimer } from './clock.ts';
import { startOwn } from './own-worker.ts';
import { type StartingWorker, startFile } from './worker-file.ts';

/** `workerFile`: the URL of the worker's file, null for where it is by default. */
export function openThreads(count: number, listener: ThreadListener, workerFile: string | null): Threads {
  return new PageThreads(count, listener, workerFile);
}

/** How many workers suit this machine: one core stays the page's. */
export function suitableThreads(): number {
  return Math.min(4, Math.max(1, navigator.hardwareConcurrency - 1));
}

let threadIds = 0;

interface Thread {
  readonly worker: Worker;
  readonly started: Promise<void>;
  readonly fail: (reason: string) => void;
  served: boolean;
}

/** The workers of a page. */
class PageThreads implements Threads {
  readonly ids = new Set<number>();
  readonly #threads = new Map<number, Thread>();
  readonly #endReasons = new Map<number, string>();
  readonly #listener: ThreadListener;
  readonly #file: string | null;
  #destroyed = false;

  constructor(count: number, listener: ThreadListener, file: string | null) {
    this.#listener = listener;
    this.#file = file;
    try {
      for (let made = 0; made < count; made++) this.#start();
    } catch (error) {
      this.destroy().catch(() => {});
      throw error;
    }
  }

  #start(): void {
    threadIds += 1;
    const id = threadIds;
    const { worker, source, release } = startWorker(this.#file);
    let fail: (reason: string) => void = () => {};
    const started = new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromPageWorker>) => {
        if (data?.started) resolve();
        else this.#end(id, data?.ended ?? `it is not the worker of tickhttp. ${ADVICE}`);
      };
      fail = (reason) => reject(new Error(reason));
    });
    started.then(release, release);
    const thread: Thread = { worker, started, fail, served: false };
    worker.onerror = (event) => {
      // It would go on as an error of the page.
      event.preventDefault();
      // What can't be loaded is reported without a word.
      this.#end(id, event.message || `${source} could not be loaded. ${ADVICE}`);
    };
    worker.postMessage({ threadId: id, version: VERSION } satisfies ToPageWorker);
    this.ids.add(id);
    this.#threads.set(id, thread);
    started.then(
      () => {
        thread.served = true;
      },
      () => {},
    );
  }

  /** Later, since the listener is never told from inside a call. */
  #end(id: number, reason: string): void {
    const thread = this.#threads.get(id);
    if (thread === undefined) return;
    this.#endReasons.set(id, reason);
    this.#threads.delete(id);
    thread.fail(reason);
    thread.worker.terminate();
    if (this.ids.delete(id)) this.#listener.ended(id, reason);
    this.#leave(id, thread);
  }

  /** A worker that is terminated may still finish what it is doing. */
  #leave(id: number, { served }: Thread): void {
    startTimer(LAST_ACTS).over.then(
      () => {
        this.#listener.gone(id);
        if (served && !this.#destroyed) this.#replace();
      },
      () => {},
    );
  }

  #replace(): void {
    try {
      this.#start();
    } catch {
      // There is one thread less. When none is left, connectToHost() tries again, and tells why.
    }
  }

  endReason(id: number): string | null {
    return this.#endReasons.get(id) ?? null;
  }

  start(id: number): Promise<unknown> {
    return this.#threadOf(id).started;
  }

  async send(id: number, ticket: Ticket & { readonly port: Port }): Promise<unknown> {
    const { worker, started } = this.#threadOf(id);
    worker.postMessage(ticket, [ticket.port]);
    return started;
  }

  #threadOf(id: number): Thread {
    const thread = this.#threads.get(id);
    if (thread === undefined || !this.ids.has(id)) throw new Error(`thread ${id} has ended`);
    return thread;
  }

  stop(id: number): void {
    const thread = this.#threads.get(id);
    if (thread === undefined || !this.ids.delete(id)) return;
    this.#threads.delete(id);
    thread.fail('it was ended');
    thread.worker.terminate();
    this.#leave(id, thread);
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    for (const id of [...this.ids]) this.stop(id);
    await startTimer(LAST_ACTS).over;
  }
}

/** Throws with advice. `file`: null for where it is by default. */
function startWorker(file: string | null): StartingWorker {
  try {
    return file === null ? startOwn() : startFile(file);
  } catch (error) {
    throw new Error(`${summaryOf(error).replace(/\.$/, '')}. ${ADVICE}`);
  }
}

/** Of `file:` pages and sandboxed frames. */
const OPAQUE = 'This page has an opaque origin (file:, sandbox): use tickhttp/inline without `workerUrl`. ';

const ADVICE =
  (globalThis.origin === 'null' ? OPAQUE : '') +
  "Check that the worker's file is where `workerUrl` of WorkerPool says (without it: worker.js beside the code), " +
  'that its server allows it (CORS; Cross-Origin-Embedder-Policy if isolated), and that the ' +
  "Content-Security-Policy does (worker-src; for another origin also 'blob:'). " +
  "tickhttp/inline needs only worker-src 'blob:'";

/** Milliseconds. */
const LAST_ACTS = 100;
