import type { Counters, ThreadStats } from '../shared/messages.ts';
import { VERSION } from '../shared/version.ts';
import { requireInteger, requireKnown, requireObject } from './arguments.ts';
import { brand, internalsOf, shared } from './copies.ts';
import { suitableThreads } from './threads.ts';
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
   * CONNECTION_ERROR, code `WORKER_UNRESPONSIVE`. `poll()` notices, one in 64 of them or fewer, so it may
   * take longer; a thread
   * that is starting has 15 seconds, and then they see CANT_CONNECT, code `WORKER_NOT_STARTED`. 1000 to
   * 3 600 000; default 10 000. Raise it to debug a worker.
   */
  unresponsiveAfter?: number;
}

/** `satisfies` keeps it complete. */
const OPTIONS = { threads: true, unresponsiveAfter: true } satisfies Record<keyof WorkerPoolOptions, true>;

/** For clients only: the books behind a pool. Throws `TypeError` for what is none. */
export function workersOf(pool: WorkerPool): Workers {
  return internalsOf<Workers>('WorkerPool', 'pool', pool);
}

/** What a pool's threads have done and hold, added up and one by one. */
export interface PoolStats extends Counters {
  /** One entry for each thread that answered. A thread that is starting anew, or stuck, is missing. */
  readonly threads: readonly ThreadStats[];
}

/**
 * The worker threads that do the I/O of some clients. Most programs never make one: clients without a `pool`
 * option share a pool that is made on first use and ends with the program, one for each thread of it. A pool
 * never keeps the program running.
 *
 * @example
 * const pool = new WorkerPool({ threads: 2 });
 * const http = new HTTPClient({ pool });
 */
export class WorkerPool {
  readonly #workers: Workers;

  /**
   * Starts the threads. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. That
   * threads can't be started is told by `connectToHost()`, which tries again.
   */
  constructor(options: WorkerPoolOptions = {}) {
    requireObject('options', options);
    requireKnown('', options, OPTIONS);
    const { threads = suitableThreads(), unresponsiveAfter = 10_000 } = options;
    requireInteger('threads', threads, 1, 64);
    requireInteger('unresponsiveAfter', unresponsiveAfter, 1000, 3_600_000);
    this.#workers = new Workers(threads, unresponsiveAfter, null);
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

let found: Workers | undefined;

/** Of the pool of clients that were given none. */
export function defaultWorkers(): Workers {
  found ??= shared(`workers@${VERSION}`, () => workersOf(new WorkerPool()));
  return found;
}
