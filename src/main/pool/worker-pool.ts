import type { Counters, OriginStats, OriginsStats, ThreadStats } from '../../shared/stats.ts';
import { VERSION } from '../../shared/version.ts';
import { requireFile, requireInteger, requireKnown, requireObject } from '../options/arguments.ts';
import { brand, internalsOf, sharedByCopies } from '../options/copies.ts';
import { place } from '../place/here.ts';
import { Workers } from './workers.ts';

export interface WorkerPoolOptions {
  /**
   * Worker threads, 1 to 64. A client lives on one of them; more threads help when several connections together need
   * more than one core for TLS, parsing and copying. One that ends is replaced; where the system refuses that,
   * the pool goes on with fewer, and makes new ones when none is left. Default: the machine's cores but one, 1
   * to 4.
   */
  threads?: number;
  /**
   * Milliseconds after which a thread whose event loop does not turn is given up: it is ended, and its clients see
   * CONNECTION_ERROR, code `WORKER_UNRESPONSIVE`. Only one in 64 calls of `poll()` looks, or fewer, so it may take
   * longer. A thread that is starting has 15 seconds; then its clients see CANT_CONNECT, code `WORKER_NOT_STARTED`.
   * 1000 to 3 600 000; default 10 000. Raise it to debug a worker.
   */
  unresponsiveAfter?: number;
  /**
   * Where the worker's file is: a path, or a `file:` URL, as text or as `URL`. For programs that are built: a bundler
   * takes the code, and the file `tickhttp/worker` has to be put somewhere (docs/bundlers.md). The constructor looks
   * for it; if it is missing, `connectToHost()` says so. Default: where the package was installed.
   */
  workerUrl?: string | { readonly href: string };
  /**
   * Connections to one origin (scheme, host and port) that all `HTTPRequest`s of the pool may have at once; the other
   * requests wait in order. Each thread has an equal share, and at least one. 1 to 10 000; default 6, as in browsers.
   */
  connectionsPerOrigin?: number;
  /**
   * Milliseconds that a connection is kept for the next `HTTPRequest` to its origin. A server that announces less
   * (`Keep-Alive: timeout`) is obeyed, a second early. 0 keeps none; default 4000.
   */
  keepAliveTimeout?: number;
}

/** `satisfies` keeps it complete. */
const OPTIONS = {
  threads: true,
  unresponsiveAfter: true,
  workerUrl: true,
  connectionsPerOrigin: true,
  keepAliveTimeout: true,
} satisfies Record<keyof WorkerPoolOptions, true>;

/** For clients only: the books behind a pool. Throws `TypeError` for anything but a pool. */
export function workersOf(pool: WorkerPool): Workers {
  return internalsOf<Workers>('WorkerPool', 'pool', pool);
}

/** This copy's pool for each `Workers` that it has seen, also of another copy. */
const pools = new WeakMap<Workers, WorkerPool>();

/** Options that stand for `Workers` that are there already. */
const workersFor = new WeakMap<WorkerPoolOptions, Workers>();

function poolOf(workers: Workers): WorkerPool {
  const options: WorkerPoolOptions = {};
  workersFor.set(options, workers);
  const pool = pools.get(workers) ?? new WorkerPool(options);
  pools.set(workers, pool);
  return pool;
}

/** What a pool's threads have done and hold, added up and one by one. */
export interface PoolStats extends Counters {
  /** One entry for each thread that answered. A thread that is starting anew, or stuck, is missing. */
  readonly threads: readonly ThreadStats[];
  /** Of all `HTTPRequest`s of the pool, the threads added up. */
  readonly origins: OriginsStats;
}

/**
 * The worker threads that do the I/O of some clients. Most programs never make one: clients without a `pool` option
 * share a default pool, one for each thread of the program, which is made on first use and ends with the program. A
 * pool never keeps the program running.
 *
 * @example
 * const pool = new WorkerPool({ threads: 2 });
 * const http = new HTTPClient({ pool });
 */
export class WorkerPool {
  readonly #workers: Workers;

  /**
   * Starts the threads. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. If threads can't
   * be started, `connectToHost()` and `ready()` say so, and try again.
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
    const file = workerUrl === undefined ? null : requireFile('workerUrl', workerUrl, place.pathOf);
    this.#workers =
      workersFor.get(options) ?? new Workers(threads, { unresponsiveAfter, workerFile: file, keeping });
  }

  /**
   * The pool of the clients that were given none: one for each thread of the program, shared by all copies of this
   * version of tickhttp. It is made when it is first asked for, here or by a client.
   *
   * A program that needs other options sets it first of all. Throws `Error` if there is a default pool already that is
   * not closed, `TypeError` for anything but a `WorkerPool`.
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
        'there is a default WorkerPool: set another before the first client, or close that one',
      );
    pools.set(workers, pool);
    defaultShared.set(workers);
  }

  /**
   * Settles when the threads run, or have ended. A program that never needs to wait need not call this: a client
   * waits by itself. Rejects with an `Error` if no thread runs: its `code` is `WORKER_NOT_STARTED`, or
   * `POOL_CLOSED`; after 15 seconds at the latest.
   */
  async ready(): Promise<void> {
    const failure = await this.#workers.ready();
    if (failure) throw Object.assign(new Error(failure.message), { code: failure.code });
  }

  /** How bytes come from the threads: `'shared'`, through shared memory. In Node it is always there. */
  get mode(): 'shared' | 'messages' {
    return 'shared';
  }

  /** Why {@link mode} is what it is, for people. */
  get modeReason(): string {
    return 'Node shares memory between threads';
  }

  /** Asks the threads what they do. Settles within two seconds; after `close()` everything is 0. */
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
   * are gone, and after three seconds at the latest. A thread that waits for DNS may live on then: nobody can
   * end a look-up, and Node lets the program end only when it is answered. From here on `connectToHost`
   * returns ERR_UNAVAILABLE.
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

/** Of the pool of clients that were given none. */
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
