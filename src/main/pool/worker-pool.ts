import type { Counters, OriginStats, OriginsStats, ThreadStats } from '../../shared/stats.ts';
import { VERSION } from '../../shared/version.ts';
import { requireFile, requireInteger, requireKnown, requireObject } from '../options/arguments.ts';
import { brand, internalsOf, sharedByCopies } from '../options/copies.ts';
import { place } from '../place/here.ts';
import { Workers } from './workers.ts';

/** What `new WorkerPool()` takes. An unknown name throws `TypeError`. */
export interface WorkerPoolOptions {
  /**
   * How many worker threads there are: 1 to 64. Default: one less than the machine's cores, at least 1 and at most 4. A
   * client lives on one of them. More threads help if several connections together need more than one core for TLS,
   * parsing and copying. A thread that ends is replaced. If the system refuses that, the pool goes on with fewer
   * threads, and starts new ones when none is left.
   */
  threads?: number;
  /**
   * Milliseconds after which a thread is given up if its event loop does not turn: 1000 to 3 600 000, default 10 000.
   * It is ended, and its clients see CONNECTION_ERROR, code `WORKER_UNRESPONSIVE`. This may come later, because only
   * one in 64 calls of `poll()`, or fewer, checks for it. A thread that is starting has 15 seconds; after that its
   * clients see CANT_CONNECT, code `WORKER_NOT_STARTED`. Raise the limit to debug a worker.
   */
  unresponsiveAfter?: number;
  /**
   * Where the worker's file is: a path, or a `file:` URL, as text or as `URL`. Default: where the package was
   * installed. Bundled programs need it: a bundler includes the code, but the file `tickhttp/worker` has to be copied
   * (see docs/bundlers.md). The constructor looks for the file. If it is missing, `connectToHost()` reports that. In a
   * page it is a URL, which may be relative to the page, or of another origin that allows the page (CORS).
   */
  workerUrl?: string | { readonly href: string };
  /**
   * How many connections to one origin (scheme, host and port) all `HTTPRequest`s of the pool may have at once: 1 to
   * 10 000, default 6, as in browsers. Each thread has an equal share, and at least one. Further requests wait in
   * order.
   */
  connectionsPerOrigin?: number;
  /**
   * Milliseconds that an idle connection is kept for the next `HTTPRequest` to its origin: 0 to 2 147 483 647,
   * default 4000; 0 keeps none. If a server announces less (`Keep-Alive: timeout`), it is kept one second less than
   * that.
   */
  keepAliveTimeout?: number;
}

/** `satisfies` keeps this list complete. */
const OPTIONS = {
  threads: true,
  unresponsiveAfter: true,
  workerUrl: true,
  connectionsPerOrigin: true,
  keepAliveTimeout: true,
} satisfies Record<keyof WorkerPoolOptions, true>;

/** For clients only: the internals of a pool. Throws `TypeError` for anything but a pool. */
export function workersOf(pool: WorkerPool): Workers {
  return internalsOf<Workers>('WorkerPool', 'pool', pool);
}

/** The pool of this copy for each `Workers` that it has seen, also for those of another copy. */
const pools = new WeakMap<Workers, WorkerPool>();

/** Options that stand for existing `Workers`. */
const workersFor = new WeakMap<WorkerPoolOptions, Workers>();

function poolOf(workers: Workers): WorkerPool {
  const options: WorkerPoolOptions = {};
  workersFor.set(options, workers);
  const pool = pools.get(workers) ?? new WorkerPool(options);
  pools.set(workers, pool);
  return pool;
}

/** What the threads of a pool have done and hold, in total and one by one. */
export interface PoolStats extends Counters {
  /** One entry for each thread that answered. A thread that is restarting, or stuck, is missing. */
  readonly threads: readonly ThreadStats[];
  /** The connections of all `HTTPRequest`s of the pool, added up over the threads. */
  readonly origins: OriginsStats;
}

/**
 * The worker threads that do the I/O of clients. Most programs never make one: clients without a `pool` option share a
 * default pool, one for each thread of the program, which is created at first use and ends with the program. A pool
 * never keeps the program running.
 *
 * @example
 * const pool = new WorkerPool({ threads: 2 });
 * const http = new HTTPClient({ pool });
 */
export class WorkerPool {
  readonly #workers: Workers;

  /**
   * Starts the threads, which holds the caller for some milliseconds. Throws `TypeError` for a wrong type, `RangeError`
   * for a number out of range. If threads can't be started, `connectToHost()` and `ready()` report that, and try again.
   */
  constructor(options: WorkerPoolOptions = {}) {
    requireObject('options', options);
    requireKnown('', options, OPTIONS);
    const { threads = place.suitableThreads(), unresponsiveAfter = 10_000, workerUrl } = options;
    requireInteger('threads', threads, 1, 64);
    requireInteger('unresponsiveAfter', unresponsiveAfter, 1000, 3_600_000);
    const { connectionsPerOrigin = 6, keepAliveTimeout = 4000 } = options;
    requireInteger('connectionsPerOrigin', connectionsPerOrigin, 1, 10_000);
    requireInteger('keepAliveTimeout', keepAliveTimeout, 0, 2_147_483_647);
    const keeping = { connectionsPerOrigin, keepAliveTimeout };
    const file = workerUrl === undefined ? null : requireFile('workerUrl', workerUrl, place);
    this.#workers =
      workersFor.get(options) ?? new Workers(threads, { unresponsiveAfter, workerFile: file, keeping });
  }

  /**
   * The pool of all clients without a `pool` option: one for each thread of the program, shared by all copies of this
   * version of tickhttp. It is created when it is first needed, here or by a client.
   *
   * A program that needs other options sets it before anything else. Setting it throws `Error` if there is a default
   * pool that is not closed, and `TypeError` for anything but a `WorkerPool`.
   *
   * @example
   * WorkerPool.default = new WorkerPool({ workerUrl: new URL('./tickhttp-worker.cjs', import.meta.url) });
   */
  static get default(): WorkerPool {
    return poolOf(defaultWorkers());
  }

  static set default(pool: WorkerPool) {
    const workers = workersOf(pool);
    const before = defaultShared.get();
    if (before === workers) return;
    if (before?.closed === false)
      throw new Error(
        'there is a default WorkerPool already: set yours before the first client, or close that one',
      );
    pools.set(workers, pool);
    defaultShared.set(workers);
  }

  /**
   * Settles when each thread runs or has ended, after 15 seconds at the latest. No program has to call it, because a
   * client waits by itself. Rejects with an `Error` if no thread runs: its `code` is `WORKER_NOT_STARTED` or
   * `POOL_CLOSED`.
   */
  async ready(): Promise<void> {
    const failure = await this.#workers.ready();
    if (failure) throw Object.assign(new Error(failure.message), { code: failure.code });
  }

  /**
   * How bytes come from the threads: `'shared'`, through shared memory, or `'messages'`. Node always shares memory; a
   * page does so if it is cross-origin isolated. It is fixed when the pool is made.
   */
  get mode(): 'shared' | 'messages' {
    return this.#workers.mode;
  }

  /** Why {@link mode} is what it is, as text. */
  get modeReason(): string {
    return place.sharing.reason;
  }

  /** Asks the threads what they do. Settles within two seconds. After `close()` every number is 0. */
  async stats(): Promise<PoolStats> {
    const threads = await this.#workers.stats();
    const sum = (key: keyof Counters): number => threads.reduce((total, thread) => total + thread[key], 0);
    return {
      clients: sum('clients'),
      connections: sum('connections'),
      requests: sum('requests'),
      bytesRead: sum('bytesRead'),
      bytesWritten: sum('bytesWritten'),
      threads,
      origins: sumOfOrigins(threads),
    };
  }

  /**
   * Ends all connections (their clients see CONNECTION_ERROR, code `POOL_CLOSED`) and all threads. Settles when they
   * are gone, after three seconds at the latest. A thread that waits for DNS may outlive that: a look-up can't be
   * cancelled, and Node lets the program end only when it is answered. After this call `connectToHost()` returns
   * ERR_UNAVAILABLE.
   */
  close(): Promise<void> {
    return this.#workers.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  static {
    brand(WorkerPool.prototype, 'WorkerPool', (pool) => pool.#workers);
  }
}

const defaultShared = sharedByCopies<Workers>(`workers@${VERSION}`);

/** The internals of the default pool. */
export function defaultWorkers(): Workers {
  return defaultShared.getOrMake(() => workersOf(new WorkerPool()));
}

function sumOfOrigins(threads: readonly ThreadStats[]): OriginsStats {
  const sums: Record<string, OriginStats> = {};
  for (const [origin, { idle, busy, waiting }] of threads.flatMap(({ origins }) => Object.entries(origins))) {
    const sum = sums[origin] ?? { idle: 0, busy: 0, waiting: 0 };
    sums[origin] = { idle: sum.idle + idle, busy: sum.busy + busy, waiting: sum.waiting + waiting };
  }
  return sums;
}
