import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { LastWords } from '../shared/last-words.ts';
import type { Port, ProxyEnvironment, Ticket } from '../shared/messages.ts';
import { wordsOf } from '../shared/words-of.ts';
import { workerFlags } from './worker-flags.ts';

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
  /** Why thread `id` has ended, known before the event loop turns; null if it lives, or ended without a word. */
  lastWords(id: number): string | null;
  /** Ends all threads. Settles when they are gone: one with a DNS look-up under way lives until that is answered. */
  destroy(): Promise<void>;
}

// An import would have Node search this CommonJS package for the names that it exports, 6 ms of every program's start.
const { Piscina }: typeof import('piscina') = createRequire(import.meta.url)('piscina');

/**
 * Throws if there can be no threads. `onExit` hears once of every thread that ended unasked, and why; never from
 * inside a call of {@link Threads}.
 */
export function openThreads(count: number, onExit: (id: number, reason: string) => void): Threads {
  return new PiscinaThreads(count, onExit);
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

// As bundlers recognise them.
const FIRST = new URL('../worker/first.cjs', import.meta.url);
const WORKER = new URL('../worker/index.js', import.meta.url);

/** What a worker has of the program: its environment, and some of its flags. */
function inheritance(): { env: NodeJS.ProcessEnv; execArgv: string[] } {
  const { NODE_OPTIONS = '', ...env } = process.env;
  const flags = workerFlags(process.execArgv, NODE_OPTIONS);
  return { env, execArgv: [`--require=${existing(FIRST)}`, ...flags] };
}

/** The path of a file of ours. Without it a thread would end, and a caller that sleeps would not hear why. */
function existing(file: URL): string {
  const path = fileURLToPath(file);
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    // Not in a sandbox that only lets nobody look: the worker says what it is not allowed.
    if (LOST.includes(codeOf(error)))
      throw new Error(
        `${path} is missing or unreadable; a bundler must leave tickhttp out ("external"), or copy its dist/worker there`,
      );
  }
  return path;
}

type Options = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

function makePiscina(options: Options & { readonly execArgv: string[] }): InstanceType<typeof Piscina> {
  try {
    return new Piscina(options);
  } catch (error) {
    const words = wordsOf(error);
    if (codeOf(error) === 'ERR_ACCESS_DENIED' && !words.includes('--allow-worker'))
      throw new Error(`${words}; --allow-worker allows it`);
    // Which flags are the whole process's, and so refused for a worker, differs between the versions of Node.
    const refused = codeOf(error) === 'ERR_WORKER_INVALID_EXEC_ARGV' ? words.split(/: |, /) : [];
    const execArgv = options.execArgv.filter((flag) => !refused.includes(flag));
    if (execArgv.length < options.execArgv.length) return new Piscina({ ...options, execArgv });
    throw error;
  }
}

const LOST: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EACCES'];

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
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
  readonly #words = new LastWords();
  #target = 0;

  constructor(count: number, onExit: (id: number, reason: string) => void) {
    this.#onExit = onExit;
    this.#piscina = makePiscina({
      filename: existing(WORKER),
      minThreads: count,
      maxThreads: count,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
      concurrentTasksPerWorker: Number.MAX_SAFE_INTEGER,
      recordTiming: false,
      loadBalancer: (_task, workers) => workers.find((worker) => worker.id === this.#target) ?? null,
      workerData: this.#words.shared,
      ...inheritance(),
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
    this.ids.add(id);
    const ended = (reason: string) => {
      this.#doors.get(id)?.port.close();
      this.#doors.delete(id);
      if (this.ids.delete(id)) this.#onExit(id, this.lastWords(id) ?? reason);
    };
    // Piscina forgets the worker here, and its exit may come some turns later.
    worker.on('error', (error: unknown) => ended(wordsOf(error)));
    worker.on('exit', (code) => ended(`it exited with code ${code}`));
  }

  lastWords(id: number): string | null {
    return this.#words.of(id);
  }

  async send(id: number, ticket: Ticket): Promise<unknown> {
    // Piscina would queue a task that the balancer finds no worker for, and behind it every other.
    if (!this.ids.has(id)) throw new Error(`thread ${id} has ended`);
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
