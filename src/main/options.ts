import type { HeadLimits } from '../shared/messages.ts';
import { requireBoolean, requireInteger, requireObject } from './arguments.ts';
import { defaultPool, WorkerPool, workersOf } from './worker-pool.ts';
import type { Workers } from './workers.ts';

export interface HTTPClientOptions {
  /** Whose threads do the I/O. Default: a pool that all such clients share, made on first use. */
  pool?: WorkerPool;
  /**
   * Bytes of body that may wait for the caller: the whole memory of a connection, whatever the server sends. When
   * they are full the socket is not read, and the sender is held back. Rounded up to a power of two, and to at least
   * four times the head limits (524 288 with the default ones). 16 384 to 268 435 456; default 4 194 304. Memory is
   * used only as data first passes; a connection that only gets small responses uses an eighth of it.
   * A program that reads once a frame moves at most this much a frame: 250 MB/s at 60 Hz by default.
   */
  bufferSize?: number;
  timeouts?: {
    /** Milliseconds from `connectToHost()` to CONNECTED: DNS, TCP and TLS together, kept by the worker. 0: none. Default 30 000. */
    connect?: number;
    /**
     * Milliseconds that one call may sleep in blocking mode. When they are over it returns with what there is and
     * the status unchanged, so a loop goes on where it was. Default 30 000.
     */
    blocking?: number;
  };
  limits?: {
    /** Bytes of a response head, and of a trailer section. Default 65 536. */
    headSize?: number;
    /** Fields of a response head, and of a trailer section. Default 256. */
    headFields?: number;
  };
  /**
   * Hands the memory of a `requestRaw()` body to the worker instead of copying it: the caller's array is empty
   * afterwards. An array that shares its memory with others (a small `Buffer`, a `subarray`) is copied all the same.
   * Default false.
   */
  transferBody?: boolean;
}

/** The options, complete. */
export interface Settings {
  readonly workers: () => Workers;
  readonly bufferSize: number;
  readonly connectTimeout: number;
  readonly blockingTimeout: number;
  readonly limits: HeadLimits;
  readonly transferBody: boolean;
}

const MAX_MILLISECONDS = 2 ** 31 - 1;

/** Fills in the defaults. Throws `TypeError` for a wrong type, `RangeError` for a number out of range. */
export function settle(options: HTTPClientOptions): Settings {
  requireObject('options', options);
  const { pool, bufferSize = 2 ** 22, timeouts = {}, limits = {}, transferBody = false } = options;
  requireObject('timeouts', timeouts);
  requireObject('limits', limits);
  const { connect = 30_000, blocking = 30_000 } = timeouts;
  const { headSize = 65_536, headFields = 256 } = limits;
  if (pool !== undefined && !(pool instanceof WorkerPool)) throw new TypeError('pool must be a WorkerPool');
  requireInteger('bufferSize', bufferSize, 2 ** 14, 2 ** 28);
  requireInteger('timeouts.connect', connect, 0, MAX_MILLISECONDS);
  requireInteger('timeouts.blocking', blocking, 1, MAX_MILLISECONDS);
  requireInteger('limits.headSize', headSize, 256, 2 ** 24);
  requireInteger('limits.headFields', headFields, 1, 2 ** 16);
  requireBoolean('transferBody', transferBody);
  return {
    workers: () => workersOf(pool ?? defaultPool()),
    bufferSize,
    connectTimeout: connect,
    blockingTimeout: blocking,
    limits: { maxHeadSize: headSize, maxHeadFields: headFields },
    transferBody,
  };
}
