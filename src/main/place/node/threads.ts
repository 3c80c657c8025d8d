import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { EndReasons, type ThreadData } from '../../../shared/end-reasons.ts';
import { codeOf, summaryOf } from '../../../shared/kinds.ts';
import type { Port, Ticket } from '../../../shared/messages.ts';
import { VERSION } from '../../../shared/version.ts';
import type { ThreadListener, Threads } from '../place.ts';
import { requireFitRuntime } from './runtime.ts';
import { type WorkerCode, workerCode } from './worker-file.ts';
import { workerFlags } from './worker-flags.ts';

/** Throws if there can be no threads. `workerFile` is the path of the worker; null for the installed file. */
export function openThreads(count: number, listener: ThreadListener, workerFile: string | null): Threads {
  requireFitRuntime(process);
  return new PiscinaThreads(count, listener, workerFile);
}

/**
 * How many threads suit this machine: one core is left to the caller, and few programs keep more than four others busy.
 */
export function suitableThreads(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}

/** What a worker inherits from the program: its environment, and some of its flags. */
function inherited(): { env: NodeJS.ProcessEnv; execArgv: string[] } {
  const { NODE_OPTIONS = '', ...env } = process.env;
  return { env, execArgv: workerFlags(process.execArgv, NODE_OPTIONS) };
}

interface StartOptions extends NonNullable<ConstructorParameters<typeof Piscina>[0]> {
  readonly execArgv: string[];
  /** Only our copy of piscina knows this (scripts/bundle-plugins.mjs). */
  readonly worker: WorkerCode;
}

function makePiscina(options: StartOptions): Piscina {
  try {
    return new Piscina(options);
  } catch (error) {
    const summary = summaryOf(error);
    if (codeOf(error) === 'ERR_ACCESS_DENIED' && !summary.includes('--allow-worker'))
      throw new Error(`${summary}; --allow-worker allows it`);
    // Some flags are for the whole process, and refused for a worker. Which these are depends on the version of Node.
    const refused = codeOf(error) === 'ERR_WORKER_INVALID_EXEC_ARGV' ? summary.split(/: |, /) : [];
    const execArgv = options.execArgv.filter((flag) => !refused.includes(flag));
    if (execArgv.length < options.execArgv.length) return new Piscina({ ...options, execArgv });
    throw error;
  }
}

interface Thread {
  readonly piscina: Piscina;
  readonly worker: Worker;
  door: OpenDoor | null;
  /** Whether it has taken a ticket. */
  served: boolean;
}

/** Where a thread takes tickets. `opened` rejects if the thread dies before it takes the first. */
interface OpenDoor {
  readonly port: Port;
  readonly opened: Promise<unknown>;
}

/**
 * Each thread has a piscina of its own, so that threads are started, refused and replaced one by one. The reason for
 * each option:
 * - `minThreads`: only a thread that the constructor starts takes tasks before the event loop turns.
 * - `atomics: 'disabled'`: the default puts an idle worker to sleep, with its sockets and timers.
 * - `idleTimeout: Infinity`: a thread without tasks is not idle, but full of connections.
 * - `filename`: piscina requires one, but it is not used. `worker` is what runs.
 * - `workerData`: what a thread has to know first. `env` and `execArgv`: what it inherits from the program.
 */
class PiscinaThreads implements Threads {
  readonly ids = new Set<number>();
  readonly #threads = new Map<number, Thread>();
  readonly #endReasons = new EndReasons();
  readonly #options: StartOptions;
  readonly #listener: ThreadListener;
  #destroyed = false;

  constructor(count: number, listener: ThreadListener, workerFile: string | null) {
    const worker = workerCode(workerFile);
    const version = worker.copied ? VERSION : null;
    const data: ThreadData = { endReasons: this.#endReasons.shared, version, file: worker.file };
    this.#listener = listener;
    this.#options = {
      filename: 'tickhttp',
      worker,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
      concurrentTasksPerWorker: Number.MAX_SAFE_INTEGER,
      recordTiming: false,
      workerData: data,
      ...inherited(),
    };
    try {
      for (let made = 0; made < count; made++) this.#start();
    } catch (error) {
      this.destroy().catch(() => {});
      throw error;
    }
  }

  #start(): void {
    const piscina = makePiscina(this.#options);
    // Piscina would also replace a worker that never ran, and an error in that would end the program.
    piscina.options.minThreads = 0;
    // A worker that throws also exits, which is handled below. Without a listener the error would end the program.
    piscina.on('error', () => {});
    for (const worker of piscina.threads)
      this.#watch({ piscina, worker, door: null, served: false }, worker.threadId);
  }

  #watch(thread: Thread, id: number): void {
    this.ids.add(id);
    this.#threads.set(id, thread);
    const ended = (reason: string) => {
      thread.door?.port.close();
      if (this.ids.delete(id)) this.#listener.ended(id, this.endReason(id) ?? reason);
    };
    // Piscina forgets the worker here, and its exit may come some turns later.
    thread.worker.on('error', (error: unknown) => ended(summaryOf(error)));
    thread.worker.on('exit', (code) => {
      ended(`it exited with code ${code}`);
      this.#threads.delete(id);
      this.#listener.gone(id);
      // A thread that never took a ticket would end at once again, and threads would be started without end.
      if (thread.served) this.#replace();
    });
  }

  #replace(): void {
    if (this.#destroyed) return;
    try {
      this.#start();
    } catch {
      // There is one thread less. When none is left, connectToHost() tries again, and reports the reason.
    }
  }

  endReason(id: number): string | null {
    return this.#endReasons.of(id);
  }

  async start(id: number): Promise<unknown> {
    return this.#doorOf(id).opened;
  }

  async send(id: number, ticket: Ticket): Promise<unknown> {
    const { port, opened } = this.#doorOf(id);
    port.postMessage(ticket, [ticket.port]);
    return opened;
  }

  #doorOf(id: number): OpenDoor {
    const thread = this.#threads.get(id);
    // A task without a worker would wait for ever.
    if (thread === undefined || !this.ids.has(id)) throw new Error(`thread ${id} has ended`);
    thread.door ??= this.#openDoor(thread);
    return thread.door;
  }

  /**
   * A task for each ticket would cost the caller as much as five messages, and need a turn of its event loop to end.
   */
  #openDoor(thread: Thread): OpenDoor {
    const { port1, port2 } = new MessageChannel();
    // Never an abort signal here: piscina would end the thread, and every connection in it.
    const task = thread.piscina.run({ port: port2 }, { transferList: [port2] });
    const opened = task.then(() => {
      thread.served = true;
    });
    return { port: port1, opened };
  }

  stop(id: number): void {
    // Each client of the thread may report it.
    if (this.ids.delete(id)) this.#threads.get(id)?.worker.terminate();
  }

  // Not piscina's close(), which in 5.x waits for tasks.
  async destroy(): Promise<void> {
    this.#destroyed = true;
    this.ids.clear();
    await Promise.all(Array.from(this.#threads.values(), ({ piscina }) => piscina.destroy()));
  }
}
