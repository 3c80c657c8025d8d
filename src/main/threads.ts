import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { uptime } from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Worker } from 'node:worker_threads';
import { messageOf } from '../shared/kinds.ts';
import type { Port, ProxyEnvironment, Ticket } from '../shared/messages.ts';

/**
 * What the caller's side needs of the place it runs in: threads that run `src/worker`, each with an id of its own.
 * Everything of Node's that `src/main` uses is in this file; the rest is the language and what browsers have too.
 */
export interface Threads {
  /** The threads that take a ticket at once, before the event loop has turned. */
  readonly ids: ReadonlySet<number>;
  /** Hands a ticket to thread `id`, which must be one of `ids`. Settles when the thread has started, or never will. */
  send(id: number, ticket: Ticket & { readonly port: Port }): Promise<unknown>;
  /** Ends one thread, whatever it is doing. A new one takes its place when the event loop turns. */
  stop(id: number): void;
  /** Ends all threads. Settles when they are gone. */
  destroy(): Promise<void>;
}

// An import would have Node search this CommonJS package for the names that it exports, 6 ms of every program's start.
const { Piscina }: typeof import('piscina') = createRequire(import.meta.url)('piscina');

/** `onExit` hears of every thread that ended, and why, if it said so; never from inside a call of {@link Threads}. */
export function openThreads(count: number, onExit: (id: number, reason: string) => void): Threads {
  return new PiscinaThreads(count, onExit);
}

/** Milliseconds, of a clock that stays when programs under test replace `performance`, `Date` and timers. */
export function now(): number {
  return 1000 * uptime();
}

/** Settles after `milliseconds`, or with `stop()`. It holds the process open. */
export function startTimer(milliseconds: number): { readonly over: Promise<unknown>; stop(): void } {
  const word = new Int32Array(new SharedArrayBuffer(4));
  // The timer may be a fake that was there before this module. What the engine itself ends can be none.
  const slept = Atomics.waitAsync(word, 0, 0, milliseconds).value;
  const holder = setTimeout(() => Atomics.notify(word, 0), milliseconds);
  const stop = (): void => {
    clearTimeout(holder);
    Atomics.notify(word, 0);
  };
  return { over: Promise.resolve(slept), stop };
}

/** How many threads suit this machine: one core stays the caller's, and few programs fill four others. */
export function suitableThreads(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}

/**
 * Lower case first, as in curl, and what is empty is not set. A CGI program's HTTP_PROXY is the `Proxy` field of the
 * request it serves (https://httpoxy.org), so where REQUEST_METHOD tells of CGI only `http_proxy` counts, and on Windows,
 * where both are one variable, neither.
 */
export function proxyEnvironment({
  env,
  platform,
}: Pick<NodeJS.Process, 'env' | 'platform'> = process): ProxyEnvironment {
  const read = (name: string) => env[name] || env[name.toUpperCase()] || '';
  const cgi = platform === 'win32' ? '' : (env.http_proxy ?? '');
  return {
    http: env.REQUEST_METHOD ? cgi : read('http_proxy'),
    https: read('https_proxy'),
    all: read('all_proxy'),
    no: read('no_proxy'),
  };
}

/** Where a thread takes tickets; `opened` rejects if it dies before it takes the first. */
interface Door {
  readonly port: Port;
  readonly opened: Promise<unknown>;
}

/**
 * Piscina owns the threads. Each option is there for a reason:
 * - `minThreads === maxThreads`: only threads made by the constructor take tasks before the event loop turns.
 * - `atomics: 'disabled'`: the default puts an idle worker to sleep, its sockets and timers with it.
 * - `idleTimeout: Infinity`: a thread without tasks is full of connections, not idle.
 * - the load balancer does not balance: the pool counts connections, piscina could only count its tasks.
 */
class PiscinaThreads implements Threads {
  readonly ids = new Set<number>();
  readonly #doors = new Map<number, Door>();
  readonly #piscina: InstanceType<typeof Piscina>;
  readonly #onExit: (id: number, reason: string) => void;
  readonly #adopted = new WeakSet<Worker>();
  #target = 0;

  constructor(count: number, onExit: (id: number, reason: string) => void) {
    this.#onExit = onExit;
    this.#piscina = new Piscina({
      filename: new URL('../worker/index.js', import.meta.url).href,
      minThreads: count,
      maxThreads: count,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
      concurrentTasksPerWorker: Number.MAX_SAFE_INTEGER,
      recordTiming: false,
      loadBalancer: (_task, workers) => workers.find((worker) => worker.id === this.#target) ?? null,
    });
    // A worker that throws also exits, and its exit is what counts; without a listener the error would be fatal.
    this.#piscina.on('error', () => {});
    // Said of the constructor's workers a moment later, of every other one when it is ready for tasks.
    this.#piscina.on('workerCreate', ({ id }: { id: number }) =>
      this.#adopt((worker) => worker.threadId === id),
    );
    this.#adopt(() => true);
  }

  #adopt(wanted: (worker: Worker) => boolean): void {
    for (const worker of this.#piscina.threads.filter(wanted)) {
      if (this.#adopted.has(worker)) continue;
      this.#adopted.add(worker);
      this.#watch(worker, worker.threadId);
    }
  }

  #watch(worker: Worker, id: number): void {
    let reason = '';
    this.ids.add(id);
    worker.on('error', (error: unknown) => {
      // Piscina forgets the worker here, and its exit may come some turns later.
      this.ids.delete(id);
      reason = messageOf(error);
    });
    worker.on('exit', (code) => {
      this.ids.delete(id);
      this.#doors.get(id)?.port.close();
      this.#doors.delete(id);
      this.#onExit(id, reason || `it exited with code ${code}`);
    });
  }

  async send(id: number, ticket: Ticket): Promise<unknown> {
    // Piscina would queue a task that the balancer finds no worker for, and behind it every other.
    if (!this.#piscina.threads.some((worker) => worker.threadId === id))
      throw new Error(`thread ${id} has ended`);
    const door = this.#doors.get(id) ?? this.#openDoor(id);
    door.port.postMessage(ticket, [ticket.port]);
    return door.opened;
  }

  /** A task for every ticket would cost the caller five times a message, and a turn of its event loop for the end. */
  #openDoor(id: number): Door {
    const { port1, port2 } = new MessageChannel();
    this.#target = id;
    // Never an abort signal here: piscina would end the thread, and every connection in it.
    const door = { port: port1, opened: this.#piscina.run({ port: port2 }, { transferList: [port2] }) };
    this.#doors.set(id, door);
    return door;
  }

  stop(id: number): void {
    // Each of its clients may report it.
    if (!this.ids.delete(id)) return;
    const worker = this.#piscina.threads.find((thread) => thread.threadId === id);
    worker?.terminate();
  }

  // Not piscina's close(): that of 5.x ends when the first worker is done, and takes the others down with it.
  async destroy(): Promise<void> {
    this.ids.clear();
    await this.#piscina.destroy();
  }
}
