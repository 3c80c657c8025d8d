/**
 * Where the bytes of a body go: the ring in shared memory, or the memory of a whole request. A sink may also stand
 * before another one, to change a body on its way. Then its room is counted in the bytes that it takes: it has room for
 * a byte if the other has room for the most bytes that can become of it. It never has room for more bytes than the
 * other, which also gets the valve's reserve. It parks when the other does. It must not hold bytes back, since nobody
 * tells it that the body is complete.
 *
 * A {@link Valve} uses it, and a wire does inside the valve's calls, on the worker's thread. No method waits. The
 * reader must not see anything before `publish()`.
 */
export interface BodySink {
  /** Bytes that it can take at most. Constant. */
  readonly capacity: number;
  /** Bytes of body that it can take now. Grows by itself when the reader takes some. */
  free(): number;
  /**
   * Memory for the next bytes of the body, at most `most` of them, perhaps fewer; empty if there is no room. It stays
   * valid until something is put in. Allocates a view.
   */
  region(most: number): Uint8Array;
  /** The first `count` bytes of the last `region()` are body now. */
  commit(count: number): void;
  /** Copies `bytes[start, end)`. Throws RangeError if there is no room: the owner asks `free()` before. */
  body(bytes: Uint8Array, start: number, end: number): void;
  /** Shows the reader everything. False: too little to wake the reader for; call `notify()` when no more comes. */
  publish(): boolean;
  /** Wakes the reader if it sleeps. */
  notify(): void;
  /** True: more than half is full, and the owner is woken when half is free, perhaps at once. False: half is free. */
  park(): boolean;
}
