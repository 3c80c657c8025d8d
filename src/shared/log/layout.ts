import type { HeadLimits } from '../settings.ts';

/**
 * The memory of one client, which its caller and its worker share. This file owns the layout: no other file knows an
 * offset. The functions here may be called on any thread. Except for those that create memory, they only calculate.
 *
 *     byte 0        64              128            4096                                       4096 + capacity
 *     | worker's    | caller's      | the outbox:  | the ring: records, one after the other   |
 *     | words       | words         | one request  |                                          |
 *
 * The words of the two threads are on separate cache lines, because false sharing costs throughput. A status never
 * shares a word with a cursor, because a special value kept in a cursor becomes an offset one day.
 *
 * A record is a header of four 32-bit words — type, payload length in bytes, and two arguments — and its payload,
 * padded so that the next header is aligned. Headers therefore never wrap. Payloads may, except that of BODY: it always
 * lies in one piece, so that a socket can read straight into it and a caller can borrow it.
 *
 * If the last record is BODY, it may grow until the caller looks at it: the worker raises the length in its header with
 * a compare-and-exchange, until the caller sets FINAL there. So a body that comes byte by byte takes few records,
 * however long the caller looks away.
 *
 * Cursors count bytes: they only grow, and wrap at 2^32. The capacity is a power of two, so the place in the ring is
 * `cursor & (capacity - 1)`. Only differences of cursors mean anything.
 *
 * The outbox holds a request on its way to the worker, as UTF-8: `METHOD target`, then its fields, each behind a line
 * feed. There can be only one at a time, because the next one needs CONNECTED. A request that does not fit, or has a
 * body, travels as a message.
 */
export const Word = {
  // Written by the worker.
  /** Where the next record goes. Everything before it is readable. The caller sleeps on it in blocking mode. */
  WRITE: 0,
  /** The connection that the log is about. The caller sleeps on this word until it is the connection it asked for. */
  EPOCH: 1,
  /** Where the log of EPOCH begins. */
  EPOCH_START: 2,
  /** 1: the worker has stopped reading its socket and wants a wake. The caller sets it to 0 when it sends the wake. */
  WRITER_WAITS: 3,
  /** Moves several times a second while the worker's event loop turns: tells a slow server from a dead worker. */
  HEARTBEAT: 4,
  /** A {@link Death}, final. Written by the worker as it goes down, else by the pool on the caller's side. */
  DEATH: 5,
  /** 1: the worker looks into the outbox once a turn of its event loop. 0: it wants a wake for each request there. */
  LISTENS: 6,
  /**
   * Bytes of a stream (`HTTPClient.connection`) that the system has taken; wraps. The caller sleeps on it
   * when it writes too fast.
   */
  SENT: 7,
  /**
   * 1: the client is gone, nothing will be written here any more, and the memory may serve another client. It is the
   * last word that the worker writes; the pool writes it if the thread has ended.
   */
  RELEASED: 8,
  /**
   * How many requests were written, each counted before its first byte; wraps. A worker that has died can't report any
   * more whether the last request was sent.
   */
  ASKED: 9,

  // Written by the caller, one cache line further on.
  /** Everything before it may be overwritten. */
  READ: 16,
  /** 1: the caller sleeps, or is about to, and wants a notify. */
  READER_WAITS: 17,
  /** How many requests were put into the outbox so far. */
  REQUESTS: 18,
  /** Bytes of the request in the outbox. */
  REQUEST_LENGTH: 19,
  /** The connection that this request is for. If the worker has not heard of that one yet, the request stays there. */
  REQUEST_EPOCH: 20,
} as const;

/** Why nothing more will ever be written to this memory. NONE: the worker lives, as far as is known. */
export const Death = { NONE: 0, EXITED: 1, UNRESPONSIVE: 2, POOL_CLOSED: 3, NOT_STARTED: 4 } as const;
export type Death = (typeof Death)[keyof typeof Death];

/** The caller's words begin one cache line after the worker's; the outbox after both, and the ring with a page. */
const WORD_BYTES = 128;
const CONTROL_BYTES = 4096;

/** The words of a record header. */
export const HeaderField = { TYPE: 0, LENGTH: 1, A: 2, B: 3 } as const;
export const HEADER_BYTES = 16;

/** In the LENGTH of a BODY record: the caller has looked, and the record grows no more. */
export const FINAL = 1 << 31;

/** What a record says. The arguments `a` and `b` are its two spare header words. */
export const RecordType = {
  /** Not a record: the log has nothing more. */
  NONE: 0,
  /** `a` is the new `Status`. */
  STATUS: 1,
  /**
   * A response head. `a` is the status code, `b` are {@link HeadFlag}s; payload: float64 body length, then the fields,
   * each a line that ends in LF or CRLF.
   */
  HEAD: 2,
  /** Payload: bytes of a body or of a stream. */
  BODY: 3,
  /** Payload: the trailer fields, as in HEAD. */
  TRAILERS: 4,
  /** The response, or a stream, is complete. `a` is an {@link Ending}. */
  END: 5,
  /** The connection has failed. `a` is the `Status` it ends in; payload: a `Failure` as JSON. */
  FAILURE: 6,
  /** Filler: the log goes on at the beginning of the ring. */
  SKIP: 7,
} as const;
export type RecordType = (typeof RecordType)[keyof typeof RecordType];

/** What becomes of a connection at an END. */
export const Ending = {
  /** The connection is over. */
  OVER: 0,
  /** It can carry another request, or becomes a stream. */
  REUSABLE: 1,
  /**
   * Only for a stream: the peer sends nothing more, but bytes can still be sent to it. A second END follows in the end.
   */
  SENDING: 2,
} as const;

/** Bits of a HEAD record. */
export const HeadFlag = { CHUNKED: 1, HAS_BODY: 2 } as const;

/**
 * Bytes of the body length that opens a HEAD record's payload. Like the header before it, it never wraps around the end
 * of the ring.
 */
export const HEAD_LENGTH_BYTES = 8;

/** Where the record after one that starts at `cursor` begins. */
export function recordEnd(cursor: number, payloadBytes: number): number {
  return align(cursor + HEADER_BYTES + payloadBytes);
}

/** The next place at which a header may begin. */
export function align(cursor: number): number {
  return (cursor + (HEADER_BYTES - 1)) & -HEADER_BYTES;
}

/**
 * The size of a ring for which `bytes` were asked: the next power of two with room for four heads. So there is always
 * room for a head, and half a ring is always worth waking the worker for.
 */
export function ringCapacity(bytes: number, limits: HeadLimits): number {
  const heads = 4 * (limits.maxHeadSize + limits.maxHeadFields);
  return 2 ** Math.ceil(Math.log2(Math.max(bytes, heads, MIN_CAPACITY)));
}

/** Bytes. Leaves room for a failure's text besides the heads. */
const MIN_CAPACITY = 16384;

/**
 * Memory with a ring of `capacity` bytes, a power of two. Pages that nobody touches cost nothing. Throws `RangeError`
 * if the system has no more memory.
 */
export function createMemory(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + capacity);
}

/** The same for a log with both halves on one thread, on platforms without shared memory. Nobody can sleep on it. */
export function createOrdinaryMemory(capacity: number): ArrayBuffer {
  return new ArrayBuffer(CONTROL_BYTES + capacity);
}

/** The parts of a client's memory. Allocates the views. */
export function partsOf<B extends ArrayBufferLike>(buffer: B) {
  return {
    words: new Int32Array(buffer, 0, WORD_BYTES / 4),
    outbox: new Uint8Array(buffer, WORD_BYTES, CONTROL_BYTES - WORD_BYTES),
    ring: new Uint8Array(buffer, CONTROL_BYTES),
    /** The ring, for record headers. */
    headers: new Int32Array(buffer, CONTROL_BYTES),
  };
}
